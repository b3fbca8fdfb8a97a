import { type AST, visitRegExpAST } from '@eslint-community/regexpp'
import { findPump, loopsOf, type Pump } from './ambiguity.ts'
import { type Automaton, automatonOf } from './automaton.ts'
import { characterOutside, everything, wordCharacters } from './characters.ts'
import { parsed } from './parsed.ts'

/** How long one match may take, in milliseconds; an ordinary one takes thousandths of that. */
const LIMIT_MS = 50
/** The longest text that is tried, in UTF-16 units, apart from what leads into the loop. */
const LONGEST = 200
const SHORTEST = 4
/** By how much texts get longer: where the ways double, a little. */
const [SLOWLY, FAST] = [1 / 16, 1 / 2]
/** What a match may fail on at its end, one or many of them: some patterns take a few of anything. */
const ends = ['!', '"', '\n', '\u0000', '_', '0', 'a', '\u00e9']
const MANY = 300
const commonSeeds = ['a', '0', ' ', '.', '@', '-']
/** So many loops are tried of one pattern. */
const MOST_LOOPS = 16

/**
 * Whether a regular expression takes an app along: whether there is a short text on which it backtracks without end.
 * What the pattern itself says of that is tried, so that a pattern is refused only for what it does; or where it cannot be
 * tried, for what looks back without end, and for what follows hundreds of something.
 *
 * @param expression - As `new RegExp` takes it. One that it does not take matches nothing, and harms nobody.
 */
export function backtracks(expression: string): boolean {
  let pattern: RegExp
  try {
    pattern = new RegExp(expression, 'g')
  } catch {
    return false
  }
  const ast = parsed(expression)
  const automaton = ast && automatonOf(ast)
  if (ast !== undefined && looksBackWithoutEnd(ast)) return true
  const found = automaton && findPump(automaton)
  if (automaton !== undefined && typeof found === 'object') {
    if (automaton.isCut) return true
    return endsOf(automaton).some((end) => isSlow(pattern, found, end, SLOWLY))
  }
  const own = expression.replaceAll(/\\.|[^\p{L}\d@._-]/gu, '').slice(0, 8)
  const seeds = new Set([own, ...own.split(''), ...commonSeeds].filter(Boolean))
  const texts = [
    ...[...seeds].map((seed) => ({ prefix: '', pump: seed })),
    ...(automaton ? loopsOf(automaton, MOST_LOOPS) : []),
  ]
  const step = found === 'none' ? FAST : SLOWLY
  return texts.some((text) => isSlow(pattern, text, '\n!', step))
}

/** Whether it looks back at what doubles the ways of a match. What looks back is matched the other way round, so that no text of ours leads there. */
function looksBackWithoutEnd(pattern: AST.Pattern): boolean {
  let found = false
  visitRegExpAST(pattern, {
    onAssertionEnter(assertion) {
      if (found || assertion.kind !== 'lookbehind') return
      const inside = automatonOf(assertion)
      found = inside === undefined || findPump(inside) !== 'none'
    },
  })
  return found
}

/** What follows the loop where a match is to fail: nothing of the pattern takes the first ones. */
function endsOf({ states }: Automaton): string[] {
  const odd = [everything, wordCharacters].flatMap((among) => characterOutside(states, among) ?? [])
  return ['', ...[...odd, ...ends].flatMap((end) => [end, end.repeat(MANY)])]
}

/** Tries ever longer texts, so that it is known before it takes without end. */
function isSlow(pattern: RegExp, { prefix, pump }: Pump, end: string, step: number): boolean {
  const repeated = pump.repeat(Math.ceil(LONGEST / pump.length)).slice(0, LONGEST)
  for (let length = SHORTEST; ; length = Math.min(LONGEST, length + Math.ceil(length * step))) {
    const text = `${prefix}${repeated.slice(0, length)}${end}`
    // A machine that is busy is slow now and then, not twice.
    if (timeOf(pattern, text) > LIMIT_MS && timeOf(pattern, text) > LIMIT_MS) return true
    if (length === LONGEST) return false
  }
}

function timeOf(pattern: RegExp, text: string): number {
  pattern.lastIndex = 0
  const startedAt = performance.now()
  pattern.test(text)
  return performance.now() - startedAt
}
