import { RegExpParser } from '@eslint-community/regexpp'
import { findPump, type Pump } from './ambiguity.ts'
import { automatonOf } from './automaton.ts'

const parser = new RegExpParser({ ecmaVersion: 2025 })

/** How long one match may take, in milliseconds; an ordinary one takes thousandths of that. */
const LIMIT_MS = 50
/** The longest text that is tried, in UTF-16 units, apart from what leads into the loop. */
const LONGEST = 200
const SHORTEST = 4
/** What a match may fail on at its end. */
const ends = ['', '!', '\n!', '\u0000', '\u00e9"']
const commonSeeds = ['a', '0', ' ', '.', '@', '-']

/**
 * Whether a regular expression takes an app along: whether there is a short text on which it backtracks without end.
 * What the pattern itself says of that is tried, so that a pattern is refused only for what it does.
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
  const found = lookFor(expression)
  const pump = typeof found === 'string' ? undefined : found
  if (pump !== undefined && ends.some((end) => isSlow(pattern, pump, end))) return true
  const own = expression.replaceAll(/\\.|[^\p{L}\d@._-]/gu, '').slice(0, 8)
  const seeds = new Set([own, ...own.split(''), ...commonSeeds].filter(Boolean))
  const prefix = pump?.prefix ?? ''
  // Where the ways do not double, the longest text takes the longest time.
  const from = found === 'none' ? LONGEST : SHORTEST
  return [...seeds].some((seed) => isSlow(pattern, { prefix, pump: seed }, '\n!', from))
}

/** What doubles the ways of a match; or that nothing does, or that it could not be told. */
function lookFor(expression: string): Pump | 'none' | 'undecided' {
  try {
    const automaton = automatonOf(parser.parsePattern(expression))
    return automaton === undefined ? 'undecided' : findPump(automaton)
  } catch {
    return 'undecided'
  }
}

/** Tries ever longer texts, in small steps, so that it is known before it takes without end. */
function isSlow(pattern: RegExp, { prefix, pump }: Pump, end: string, from = SHORTEST): boolean {
  const repeated = pump.repeat(Math.ceil(LONGEST / pump.length)).slice(0, LONGEST)
  for (let length = from; length <= LONGEST; length += Math.max(1, Math.floor(length / 16))) {
    const text = `${prefix}${repeated.slice(0, length)}${end}`
    // A machine that is busy is slow now and then, not twice.
    if (timeOf(pattern, text) > LIMIT_MS && timeOf(pattern, text) > LIMIT_MS) return true
  }
  return false
}

function timeOf(pattern: RegExp, text: string): number {
  pattern.lastIndex = 0
  const startedAt = performance.now()
  pattern.test(text)
  return performance.now() - startedAt
}
