import type { GroupPart, Parts } from '../judge/parts.ts'
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

/**
 * What each unit is compared by, under its key. Behind another one of the same key a unit is never decided for.
 *
 * @param sideOf - Is given those that exclude the unit, too; `also` is what else decisions for it depend on.
 */
export function basesOf<Unit extends { readonly key: string }, Side>(
  parts: Parts,
  units: readonly Unit[],
  sideOf: (unit: Unit, others: readonly Unit[]) => Side & { readonly also?: string },
): Map<string, Side & Based> {
  const groups = new Map<number, GroupPart[]>()
  for (const group of parts.groups) {
    for (const place of group.members) {
      const found = groups.get(place)
      if (found === undefined) groups.set(place, [group])
      else found.push(group)
    }
  }
  const bases = new Map<string, Side & Based>()
  for (const [place, unit] of units.entries()) {
    if (parts.isFirst[place] !== true) continue
    const own = groups.get(place) ?? []
    const others = new Set(own.flatMap(({ members }) => members))
    others.delete(place)
    const side = sideOf(
      unit,
      [...others].flatMap((other) => units[other] ?? []),
    )
    const basis = [parts.units[place], ...own.map(({ key }) => key), side.also].filter(Boolean).join(' ')
    bases.set(unit.key, { ...side, basis })
  }
  return bases
}

/** Places of units, and of those that exclude them. */
export function withOthers({ groups }: Pick<Parts, 'groups'>, places: readonly number[]): Set<number> {
  const all = new Set(places)
  for (const { members } of groups)
    if (members.some((place) => all.has(place))) for (const place of members) all.add(place)
  return all
}
