/**
 * Values of a variable with which each of its conditions is met, and with which it is not.
 *
 * @see vwo-node-sdk 1.73.0 `lib/utils/SegmentUtil.js`
 * @module
 */
import { shortestMatch } from '../../expressions/shortest-match.ts'

/** So many values of one variable are tried. */
const MOST = 200
/** Of so many beginnings, parts and ends all combinations are made. */
const COMBINED = 4
/** What hardly any condition names, but one that nearly everything meets. */
const STRANGERS = ['', '~', 'a', '0']

/** What one condition asks for. */
interface Asked {
  readonly kind: 'text' | 'number' | 'begins' | 'contains' | 'ends' | 'expression'
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
  const matches = all('expression').flatMap((expression) => shortestMatch(expression) ?? [])
  const texts = [...all('text'), ...numbersAround(all('number')), ...matches]
  return [...new Set([...texts, ...STRANGERS, ...patterns])].slice(0, MOST)
}

/**
 * Whether every combination of what a variable's conditions say is among the candidates, as far as it can be: not where
 * an expression meets others, and two patterns may have more in common than was thought of.
 */
export function isExhaustive(conditions: readonly string[]): boolean {
  const kinds = conditions.map((condition) => read(condition).kind)
  if (kinds.length > COMBINED && kinds.some((kind) => ['begins', 'contains', 'ends'].includes(kind)))
    return false
  return kinds.length < 2 || !kinds.includes('expression')
}

function read(condition: string): Asked {
  const [, kind, inner = ''] = /^(lower|wildcard|regex|gte?|lte?)\((.*)\)/.exec(condition) ?? []
  switch (kind) {
    case undefined:
      return { kind: 'text', value: condition }
    case 'lower':
      return { kind: 'text', value: inner }
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
