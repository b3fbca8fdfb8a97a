/**
 * Users who are listed for a variation: they get it whatever else is said.
 *
 * @module
 */
import { nameOf } from '../../text/words.ts'
import { operandsIn } from '../segments/sample-users.ts'
import { createFits, type Goal, idsIn, type Segments, USER_ID } from './fit.ts'
import { FEW, type Population } from './populations.ts'

/** So many ids are looked into. */
const MOST_IDS = 5000

/** A variation's list of users, or segment, by which they get it. */
export interface Whitelist {
  readonly segment: object
  readonly name: string
}

/** Kinds of listed users. */
export interface Listed {
  readonly populations: Omit<Population, 'fits'>[]
  /** Whether there are no others, as far as is known. */
  readonly isWhole: boolean
}

/** Which lists there are on each side, and those of others that decide before it. */
export interface Whitelists {
  readonly before: readonly Whitelist[]
  readonly after: readonly Whitelist[]
  readonly others: readonly Whitelist[]
}

/** @param made - What a user is given for these variables. */
export async function listedUsers(
  { before, after, others }: Whitelists,
  segments: Segments,
  made: (variables: Readonly<Record<string, string>>) => Omit<Population, 'fits'>,
): Promise<Listed> {
  const lists = [...before, ...after, ...others]
  if (lists.length === 0) return { populations: [], isWhole: true }
  const { fit, accepts } = await createFits(
    segments,
    lists.map(({ segment }) => segment),
  )
  const kindOf = async (held: object): Promise<string> => {
    const met: boolean[] = []
    for (const { segment } of lists) met.push(await accepts(segment, held))
    return met.join(' ')
  }
  const named = [...new Set(lists.flatMap(({ segment }) => listedIn(segment)))].slice(0, MOST_IDS)
  const populations = new Map<string, Omit<Population, 'fits'>>()
  let isWhole = true
  for (const list of lists) {
    const target: Goal = { segment: list.segment, isToFit: true }
    const rest = lists.filter(({ segment }) => segment !== list.segment)
    const alone = await fit([target, ...rest.map(({ segment }) => ({ segment, isToFit: false }))])
    // Listed by nothing else of the same side: moved by a list from one variation to another one.
    const side = before.includes(list) ? before : after
    const here = await fit([
      target,
      ...side.filter((one) => one !== list).map(({ segment }) => ({ segment, isToFit: false })),
    ])
    const any = await fit([target])
    if (any.kind === 'unknown') isWhole = false
    for (const each of [alone, here, any]) {
      if (each.kind !== 'found') continue
      const { [USER_ID]: id, ...variables } = each.variables
      const kind = await kindOf(each.variables)
      if (populations.has(kind)) continue
      const ids: string[] = []
      for (const one of id === undefined ? [] : named)
        if ((await kindOf({ ...variables, [USER_ID]: one })) === kind) ids.push(one)
      populations.set(kind, {
        with: `listed for ${nameOf(list.name)}`,
        ...made(variables),
        ...(id === undefined ? { most: FEW } : { ids: ids.slice(0, FEW) }),
      })
    }
  }
  return { populations: [...populations.values()], isWhole }
}

/** Every id that a segment names, however it is nested. */
export function listedIn(segment: unknown): string[] {
  return [...operandsIn(segment)].flatMap(([operator, operand]) =>
    operator === 'user' && typeof operand === 'string' ? idsIn(operand) : [],
  )
}
