import { wayTo } from './ambiguity.ts'
import { automatonOf } from './automaton.ts'
import { commonCharacter, everything } from './characters.ts'
import { parsed } from './parsed.ts'

/**
 * Short texts that an expression most likely matches: through each of its characters the shortest one, so that every
 * alternative has one. Assertions are passed over: whoever uses them has to try.
 *
 * @param most - No more of them.
 */
export function matchesOf(expression: string, most: number): string[] {
  const pattern = parsed(expression)
  const automaton = pattern && automatonOf(pattern)
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
  return (state) => (cameFrom.has(state) ? wayTo(state, cameFrom) : [])
}
