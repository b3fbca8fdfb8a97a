import { RegExpParser } from '@eslint-community/regexpp'
import { automatonOf } from './automaton.ts'
import { commonCharacter, everything } from './characters.ts'

const parser = new RegExpParser({ ecmaVersion: 2025 })

/**
 * Short texts that an expression most likely matches: through each of its characters the shortest one, so that every
 * alternative has one. Assertions are passed over: whoever uses them has to try.
 *
 * @param most - No more of them.
 */
export function matchesOf(expression: string, most: number): string[] {
  const automaton = read(expression)
  if (automaton === undefined) return []
  const { states, next, first, last, isNullable } = automaton
  const previous = states.map((): number[] => [])
  for (const [state, following] of next.entries())
    for (const to of following.keys()) previous[to]?.push(state)
  const [before, after] = [
    shortestFrom(first, (state) => next[state]?.keys() ?? []),
    shortestFrom(last, (state) => previous[state] ?? []),
  ]
  const found = new Set(isNullable ? [''] : [])
  for (const state of states.keys()) {
    const [coming, going] = [before(state), after(state)]
    if (coming.length === 0 || going.length === 0) continue
    // Both end with the state itself.
    const path = [...coming, ...going.toReversed().slice(1)]
    found.add(path.map((each) => commonCharacter(states[each] ?? [], everything) ?? '').join(''))
    if (found.size >= most) break
  }
  return [...found]
}

/** @returns The shortest way to a state, beginning and state included; empty where there is none. */
function shortestFrom(
  beginnings: readonly number[],
  following: (state: number) => Iterable<number>,
): (state: number) => number[] {
  const cameFrom = new Map<number, number | undefined>(beginnings.map((state) => [state, undefined]))
  // A map is gone through in the order of its entries, those included that are added meanwhile.
  for (const state of cameFrom.keys())
    for (const to of following(state)) if (!cameFrom.has(to)) cameFrom.set(to, state)
  return (state) => {
    if (!cameFrom.has(state)) return []
    const way: number[] = []
    for (let step: number | undefined = state; step !== undefined; step = cameFrom.get(step))
      way.unshift(step)
    return way
  }
}

function read(expression: string): ReturnType<typeof automatonOf> {
  try {
    return automatonOf(parser.parsePattern(expression))
  } catch {
    return undefined
  }
}
