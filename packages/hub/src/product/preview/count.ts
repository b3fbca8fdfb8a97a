import type { Flow, Moves } from './preview.ts'
import type { Picks } from './pick.ts'

/**
 * Counts who gets what within one unit.
 *
 * @param before - Undefined where the unit was not there: then nobody was in it.
 */
export function countMoves(before: Picks | undefined, after: Picks | undefined, users: number): Moves {
  const width = (after?.names.length ?? 0) + 1
  const counts = new Uint32Array(((before?.names.length ?? 0) + 1) * width)
  // By name: two sides number their names each on its own.
  for (let index = 0; index < users; index += 1) {
    const cell = (before?.picks[index] ?? 0) * width + (after?.picks[index] ?? 0)
    counts[cell] = (counts[cell] ?? 0) + 1
  }
  const flows: Flow[] = []
  for (const [cell, count] of counts.entries()) {
    const from = before?.names[Math.floor(cell / width) - 1]
    const to = after?.names[(cell % width) - 1]
    if (count === 0 || from === to) continue
    flows.push({ ...(from !== undefined && { from }), ...(to !== undefined && { to }), users: count })
  }
  flows.sort((a, b) => b.users - a.users)
  const sum = (isCounted: (flow: Flow) => boolean): number =>
    flows.filter(isCounted).reduce((total, flow) => total + flow.users, 0)
  return {
    enter: sum(({ from }) => from === undefined),
    leave: sum(({ to }) => to === undefined),
    change: sum(({ from, to }) => from !== undefined && to !== undefined),
    flows,
  }
}
