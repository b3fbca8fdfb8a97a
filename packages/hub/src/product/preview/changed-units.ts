import type { UnitComparison } from './preview-moves.ts'

/** What decisions for a unit depend on, as one text. */
interface Based {
  readonly basis: string
}

/** A unit that may decide otherwise, as each side has it. */
export interface ChangedUnit<Side> extends Pick<UnitComparison<unknown>, 'key' | 'kind'> {
  readonly from: Side | undefined
  readonly to: Side | undefined
}

/** Units that are not the same to the letter together with all that a decision for them depends on. */
export function changedUnits<Side extends Based>(
  before: ReadonlyMap<string, Side>,
  after: ReadonlyMap<string, Side>,
): ChangedUnit<Side>[] {
  const keys = new Set([...after.keys(), ...before.keys()])
  return [...keys].flatMap((key) => {
    const [from, to] = [before.get(key), after.get(key)]
    if (from?.basis === to?.basis) return []
    const kind = from === undefined ? 'added' : to === undefined ? 'removed' : 'changed'
    return [{ key, kind, from, to }]
  })
}
