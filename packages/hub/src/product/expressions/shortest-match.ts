import { RegExpParser } from '@eslint-community/regexpp'
import { automatonOf } from './automaton.ts'
import { commonCharacter, everything } from './characters.ts'

const parser = new RegExpParser({ ecmaVersion: 2025 })

/**
 * The shortest text that an expression most likely matches. Assertions are passed over: whoever uses it has to try.
 *
 * @returns undefined where none is found.
 */
export function shortestMatch(expression: string): string | undefined {
  const automaton = read(expression)
  if (automaton === undefined) return undefined
  const { states, next, first, last, isNullable } = automaton
  if (isNullable) return ''
  const ends = new Set(last)
  const cameFrom = new Map<number, number | undefined>(first.map((state) => [state, undefined]))
  // A map is gone through in the order of its entries, those included that are added meanwhile.
  for (const state of cameFrom.keys()) {
    if (!ends.has(state)) {
      for (const following of next[state]?.keys() ?? [])
        if (!cameFrom.has(following)) cameFrom.set(following, state)
      continue
    }
    let text = ''
    for (let step: number | undefined = state; step !== undefined; step = cameFrom.get(step))
      text = (commonCharacter(states[step] ?? [], everything) ?? '') + text
    return text
  }
  return undefined
}

function read(expression: string): ReturnType<typeof automatonOf> {
  try {
    return automatonOf(parser.parsePattern(expression))
  } catch {
    return undefined
  }
}
