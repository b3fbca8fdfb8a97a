/**
 * Kinds of users of whom decisions may differ, with variables that make a user one of them.
 *
 * @module
 */
import type { Fits, UnitPreview } from './preview.ts'
import type { Given, User } from '../users.ts'

/** Users of one kind. */
export interface Population extends Given {
  readonly fits: Fits
  /** What tells it from others of whom the same is true, in words. */
  readonly with?: string
  /** Of a list: it is for them alone. */
  readonly ids?: readonly string[]
  /** More are not decided for: all of them get the same, or nearly. */
  readonly most?: number
}

export interface Populations extends Pick<UnitPreview, 'unknown'> {
  readonly populations: readonly Population[]
}

/** So many of one unit are decided for. */
const MOST_POPULATIONS = 32
/** So many users are decided for where all get the same, or nearly. */
export const FEW = 500

/** Those with variables of their own are one kind of their own. */
export const given: Population = { fits: 'given' }

/** Users who are decided for, of those that a preview is asked for. */
export function usersOf(population: Population, users: readonly User[]): User[] {
  const { fits, ids, most = Number.POSITIVE_INFINITY, with: _, ...made } = population
  const isGiven = ({ customVariables, variationTargetingVariables, context }: User): boolean =>
    customVariables !== undefined || variationTargetingVariables !== undefined || context !== undefined
  if (fits === 'given') return users.filter(isGiven)
  const named = ids?.map((id) => ({ id })) ?? users.filter((user) => !isGiven(user)).slice(0, most)
  return named.map(({ id }) => ({ id, ...made }))
}

/**
 * Those whom segments accept or not, and those who are listed besides: whoever is listed is so whatever segments say; where
 * the list no longer says it, a segment does.
 *
 * @param alone - Of the first, those that tell enough of segments.
 */
export function withListed(
  segmented: Populations,
  alone: readonly Population[],
  listed: { readonly populations: readonly Omit<Population, 'fits'>[]; readonly isWhole: boolean },
): Populations {
  const all = [
    ...segmented.populations,
    ...listed.populations.flatMap((each) =>
      alone.map(({ fits, customVariables, context }) => ({ fits, customVariables, context, ...each })),
    ),
  ]
  const left = all.length > MOST_POPULATIONS
  const unknown = [...segmented.unknown, ...(listed.isWhole && !left ? [] : (['listed'] as const))]
  return { populations: all.slice(0, MOST_POPULATIONS), unknown: [...new Set(unknown)] }
}
