/**
 * Kinds of users of whom a campaign's decisions may differ, with variables that make a user one of them.
 *
 * @see vwo-node-sdk 1.73.0 `lib/utils/DecisionUtil.js`: whitelists, then the segment, then the other campaigns of a group.
 * @module
 */
import type { Fits, UnitPreview } from '../../preview.ts'
import type { CustomVariables, User } from '../../users.ts'
import { nameOf } from '../../../text/words.ts'
import type { Evaluate } from '../dry-run/load-sdk.ts'
import { createFits, type Goal, idsIn, isEmpty, USER_ID } from './fit.ts'
import type { Campaign, Comparison } from './plan.ts'

/** Users of one kind. */
export interface Population {
  readonly fits: Fits
  /** What tells it from others of whom the same is true, in words. */
  readonly with?: string
  readonly customVariables?: CustomVariables
  readonly variationTargetingVariables?: CustomVariables
  /** Of a whitelist: it is for them alone. */
  readonly ids?: readonly string[]
  /** More are not decided for: all of them get the same, or nearly. */
  readonly most?: number
}

export interface Populations extends Pick<UnitPreview, 'unknown'> {
  readonly populations: readonly Population[]
}

/** So many of one campaign are decided for, and so many whitelists and others of a group looked into. */
const MOST_POPULATIONS = 32
const MOST_OTHERS = 6
/** So many users are decided for where all get the same, or nearly. */
const FEW = 500

/** Those with variables of their own are one kind of their own. */
export const given: Population = { fits: 'given' }

/** Users who are decided for, of those that a preview is asked for. */
export function usersOf(
  { fits, ids, most = Number.POSITIVE_INFINITY, ...made }: Population,
  users: readonly User[],
): User[] {
  const isGiven = ({ customVariables, variationTargetingVariables }: User): boolean =>
    customVariables !== undefined || variationTargetingVariables !== undefined
  if (fits === 'given') return users.filter(isGiven)
  const { customVariables, variationTargetingVariables } = made
  const variables = {
    ...(customVariables && { customVariables }),
    ...(variationTargetingVariables && { variationTargetingVariables }),
  }
  const named = ids?.map((id) => ({ id })) ?? users.filter((user) => !isGiven(user)).slice(0, most)
  return named.map(({ id }) => ({ id, ...variables }))
}

/** @param evaluate - The SDK's. */
export function populationsOf(comparison: Comparison, evaluate: Evaluate): Populations {
  const segmented = bySegment(comparison, evaluate)
  const listed = byWhitelist(comparison, evaluate)
  const alone = segmented.populations.filter((each) => each.with === undefined)
  const all = [
    ...segmented.populations,
    // Whoever is listed is so whatever the segment says; where the list no longer says it, the segment does.
    ...listed.populations.flatMap((each) =>
      alone.map(({ fits, customVariables }) => ({
        fits,
        ...(customVariables && { customVariables }),
        ...each,
      })),
    ),
  ]
  const left = all.length > MOST_POPULATIONS
  const unknown = [...segmented.unknown, ...(listed.isWhole && !left ? [] : (['listed'] as const))]
  return { populations: all.slice(0, MOST_POPULATIONS), unknown: [...new Set(unknown)] }
}

/** Both sides of a comparison: what is not there on one has no say there. */
function sidesOf<T>(
  comparison: Comparison,
  of: (campaign: Campaign) => T,
): { before: T | undefined; after: T | undefined } {
  const { before, after } = comparison
  return { before: before && of(before), after: after && of(after) }
}

function bySegment(comparison: Comparison, evaluate: Evaluate): Populations {
  const own = sidesOf(comparison, ({ segments }) => segments)
  const others = [...comparison.others.before, ...comparison.others.after].filter(
    ({ segments }) => !isEmpty(segments),
  )
  const segments = [own.before, own.after, ...others.map((other) => other.segments)]
  if (segments.every(isEmpty)) return { populations: [{ fits: 'all' }], unknown: [] }
  const { fit, accepts } = createFits(evaluate, segments, { listsUsers: false })
  const isThere = { before: comparison.before !== undefined, after: comparison.after !== undefined }
  const populations = new Map<string, Population>()
  const unknown: Fits[] = []
  for (const fits of ['both', 'before', 'after', 'neither'] as const) {
    const isToFit = {
      before: fits === 'both' || fits === 'before',
      after: fits === 'both' || fits === 'after',
    }
    // Where it was not, or is not, nobody fits.
    if ((isToFit.before && !isThere.before) || (isToFit.after && !isThere.after)) continue
    const goals = (['before', 'after'] as const).flatMap((side): Goal[] =>
      isThere[side] ? [{ segment: own[side], isToFit: isToFit[side] }] : [],
    )
    const found = variants(others).map((more) => fit([...goals, ...more]))
    const plain = fit(goals)
    // Whom it does not accept it moves by a whitelist alone.
    if (
      (fits !== 'neither' || isListing(comparison)) &&
      [plain, ...found].some(({ kind }) => kind === 'unknown')
    )
      unknown.push(fits)
    for (const each of [...found, plain]) {
      if (each.kind !== 'found') continue
      const { variables } = each
      const kind = segments.map((segment) => accepts(segment, variables)).join(' ')
      if (populations.has(`${fits} ${kind}`)) continue
      const isFirst = ![...populations.values()].some((one) => one.fits === fits)
      const named = isFirst ? undefined : othersInWords(comparison, (segment) => accepts(segment, variables))
      populations.set(`${fits} ${kind}`, {
        fits: isEmpty(own.before) && isEmpty(own.after) ? 'all' : fits,
        ...(named && { with: named }),
        ...(Object.keys(variables).length > 0 && { customVariables: variables }),
        ...(fits === 'neither' && { most: FEW }),
      })
    }
  }
  return { populations: [...populations.values()], unknown }
}

/** Whether others of the group compete for a user: none of them, all, all of one side, and each alone. */
function variants(others: readonly Campaign[]): Goal[][] {
  if (others.length === 0) return []
  const where = (isToFit: (place: number) => boolean): Goal[] =>
    others.map(({ segments }, place) => ({ segment: segments, isToFit: isToFit(place) }))
  const each = others.slice(0, MOST_OTHERS).map((_, place) => where((one) => one === place))
  return [where(() => false), where(() => true), ...each]
}

/** `fitting menu, too`: whom else of the group its user fits. */
function othersInWords(
  { others }: Comparison,
  isAccepted: (segment: unknown) => boolean,
): string | undefined {
  const [before, after] = [others.before, others.after].map(
    (side) =>
      new Set(
        side.filter(({ segments }) => !isEmpty(segments) && isAccepted(segments)).map(({ key }) => key),
      ),
  ) as [Set<string>, Set<string>]
  const words = [...new Set([...before, ...after])].map((key) => {
    const when = !after.has(key) ? ' before' : before.has(key) ? '' : ' now'
    return `${nameOf(key)}${when}`
  })
  return words.length === 0 ? undefined : `fitting ${words.join(' and ')}, too`
}

/** A variation's list of users, or segment, by which they get it whatever else is said. */
interface Whitelist {
  readonly segment: object
  readonly name: string
}

/** Users who are listed for a variation, of this campaign or of others in its group. */
function byWhitelist(
  comparison: Comparison,
  evaluate: Evaluate,
): { populations: Omit<Population, 'fits'>[]; isWhole: boolean } {
  const own = sidesOf(comparison, whitelistsOf)
  const others = [...comparison.others.before, ...comparison.others.after].flatMap(whitelistsOf)
  const mine = [...(own.before ?? []), ...(own.after ?? [])]
  const lists = [...mine, ...others]
  if (lists.length === 0) return { populations: [], isWhole: true }
  const { fit, accepts } = createFits(
    evaluate,
    lists.map(({ segment }) => segment),
    { listsUsers: true },
  )
  const populations = new Map<string, Omit<Population, 'fits'>>()
  let isWhole = !usesHashes(comparison)
  for (const list of lists) {
    const target: Goal = { segment: list.segment, isToFit: true }
    const rest = lists.filter(({ segment }) => segment !== list.segment)
    const alone = fit([target, ...rest.map(({ segment }) => ({ segment, isToFit: false }))])
    // Listed by nothing else of the same side: moved by a list from one variation to another one.
    const side = own.before?.includes(list) === true ? own.before : (own.after ?? [])
    const here = fit([
      target,
      ...side.filter((one) => one !== list).map(({ segment }) => ({ segment, isToFit: false })),
    ])
    const any = fit([target])
    if (any.kind === 'unknown') isWhole = false
    for (const each of [alone, here, any]) {
      if (each.kind !== 'found') continue
      const { [USER_ID]: id, ...variables } = each.variables
      const kindOf = (held: object): string => lists.map(({ segment }) => accepts(segment, held)).join(' ')
      const kind = kindOf(each.variables)
      if (populations.has(kind)) continue
      const ids = lists
        .flatMap(({ segment }) => listedIn(segment))
        .filter((one) => kindOf({ ...variables, [USER_ID]: one }) === kind)
      populations.set(kind, {
        with: `listed for ${nameOf(list.name)}`,
        ...(Object.keys(variables).length > 0 && { variationTargetingVariables: variables }),
        ...(id === undefined ? { most: FEW } : { ids: [...new Set(ids)].slice(0, FEW) }),
      })
    }
  }
  return { populations: [...populations.values()], isWhole }
}

function whitelistsOf({ key, isForcedVariationEnabled, variations }: Campaign): Whitelist[] {
  if (!isForcedVariationEnabled || !Array.isArray(variations)) return []
  return variations.flatMap(({ name, segments }) =>
    isEmpty(segments) ? [] : [{ segment: segments as object, name: `${key}: ${name}` }],
  )
}

function isListing({ before, after }: Comparison): boolean {
  return [before, after].some((campaign) => campaign !== undefined && whitelistsOf(campaign).length > 0)
}

/** Whether lists have hashes of ids, of which no id can be told. */
function usesHashes({ before, after }: Comparison): boolean {
  return [before, after].some(
    (campaign) =>
      campaign?.isUserListEnabled === true &&
      whitelistsOf(campaign).some(({ segment }) => listedIn(segment).length > 0),
  )
}

/** Every id that a whitelist names, however it is nested. */
function listedIn(segment: unknown): string[] {
  if (Array.isArray(segment)) return segment.flatMap(listedIn)
  if (typeof segment !== 'object' || segment === null) return []
  return Object.entries(segment).flatMap(([operator, operand]) => {
    if (operator === 'user' && typeof operand === 'string') return idsIn(operand)
    return ['and', 'or', 'not'].includes(operator) ? listedIn(operand) : []
  })
}
