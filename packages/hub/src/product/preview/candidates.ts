/**
 * Values of a variable with which each of its conditions is met, and with which it is not.
 *
 * @see vwo-node-sdk 1.73.0 `lib/utils/SegmentUtil.js`; vwo-fme-node-sdk 1.35.0 `SegmentOperandEvaluator.ts`
 * @module
 */
import { matchesOf } from '../expressions/matches.ts'

/** So many values of one variable are tried. */
const MOST = 200
/** Of so many beginnings, parts and ends all combinations are made. */
const COMBINED = 4
/** So many texts that an expression matches are tried. */
const MATCHES = 16
/** What hardly any condition names, but one that nearly everything meets. */
const STRANGERS = ['', '~', 'a', '0']

/** What one condition asks for. */
interface Asked {
  readonly kind: 'text' | 'lower' | 'number' | 'begins' | 'contains' | 'ends' | 'expression'
  readonly value: string
}

/** @param conditions - Of one variable: `gold`, `wildcard(*ol*)`, `gt(5)`. */
export function candidatesFor(conditions: readonly string[]): string[] {
  const asked = conditions.map(read)
  const all = (kind: Asked['kind']): string[] => [
    ...new Set(asked.flatMap((each) => (each.kind === kind ? [each.value] : []))),
  ]
  const some = (kind: Asked['kind']): string[] => ['', ...all(kind).slice(0, COMBINED)]
  const parts = all('contains').slice(0, COMBINED)
  const patterns = some('begins').flatMap((begin) =>
    ['', ...parts, parts.join('')].flatMap((part) =>
      some('ends').flatMap((end) => [begin + part + end, `${begin}~${part}~${end}`]),
    ),
  )
  const matches = all('expression').flatMap((expression) => matchesOf(expression, MATCHES))
  const inAnyCase = all('lower').flatMap((text) => [text, text.toLowerCase(), text.toUpperCase()])
  const texts = [...all('text'), ...inAnyCase, ...numbersAround(all('number')), ...matches]
  return [...new Set([...texts, ...STRANGERS, ...patterns])].slice(0, MOST)
}

/**
 * Whether every combination of what a variable's conditions say is surely among the candidates: not where an expression
 * meets others, for example, or a number a pattern, which may have more in common than was thought of.
 */
export function isExhaustive(conditions: readonly string[]): boolean {
  const kinds = new Set(conditions.map((condition) => read(condition).kind))
  if (conditions.length < 2) return true
  const isOnly = (...known: readonly Asked['kind'][]): boolean =>
    [...kinds].every((kind) => known.includes(kind))
  if (isOnly('text', 'lower') || isOnly('text', 'number')) return true
  return conditions.length <= COMBINED && isOnly('text', 'begins', 'contains', 'ends')
}

function read(condition: string): Asked {
  const [, kind, inner = ''] = /^(lower|wildcard|regex|gte?|lte?)\((.*)\)/.exec(condition) ?? []
  switch (kind) {
    case undefined:
      return { kind: 'text', value: condition }
    case 'lower':
      return { kind: 'lower', value: inner }
    case 'regex':
      return { kind: 'expression', value: inner }
    case 'wildcard':
      return wildcard(inner)
    default:
      return { kind: 'number', value: inner }
  }
}

function wildcard(inner: string): Asked {
  const value = inner.replace(/^\*/, '').replace(/\*$/, '')
  const [isOpenBefore, isOpenAfter] = [inner.startsWith('*'), inner.endsWith('*')]
  if (isOpenBefore && isOpenAfter) return { kind: 'contains', value }
  if (isOpenAfter) return { kind: 'begins', value }
  return isOpenBefore ? { kind: 'ends', value } : { kind: 'text', value }
}

/** Each number, one above and one below it, and one between each two neighbours. */
function numbersAround(values: readonly string[]): string[] {
  const numbers = values
    .map(Number.parseFloat)
    .filter(Number.isFinite)
    .toSorted((a, b) => a - b)
  return numbers
    .flatMap((number, index) => [
      number,
      number - 1,
      number + 1,
      (number + (numbers[index + 1] ?? number)) / 2,
    ])
    .map(String)
}
