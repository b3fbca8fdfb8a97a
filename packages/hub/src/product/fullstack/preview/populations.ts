/**
 * Kinds of users of whom a campaign's decisions may differ.
 *
 * @see vwo-node-sdk 1.73.0 `lib/utils/DecisionUtil.js`: whitelists, then the segment, then the other campaigns of a group.
 * @module
 */
import { nameOf } from '../../../text/words.ts'
import { createFits, type Goal, isEmpty, type Segments, USER_ID } from '../../preview/fit.ts'
import { FEW, type Population, type Populations, withListed } from '../../preview/populations.ts'
import { type Listed, listedIn, listedUsers, type Whitelist } from '../../preview/whitelists.ts'
import type { Fits } from '../../preview/preview.ts'
import type { Evaluate } from '../dry-run/load-sdk.ts'
import type { Campaign, Comparison } from './plan.ts'

/** So many others of a group are looked into. */
const MOST_OTHERS = 6

/** @param evaluate - The SDK's. */
export async function populationsOf(comparison: Comparison, evaluate: Evaluate): Promise<Populations> {
  const segmented = await bySegment(comparison, evaluate)
  const alone = segmented.populations.filter((each) => each.with === undefined)
  return withListed(segmented, alone, await byWhitelist(comparison, evaluate))
}

/** @param listsUsers - Whether lists of users count in these segments, as they do in whitelists alone. */
function segmentsWith(evaluate: Evaluate, { listsUsers }: { readonly listsUsers: boolean }): Segments {
  return {
    evaluate,
    conditionOf(operator, operand, segment) {
      if (operator === 'custom_variable' && typeof operand === 'object' && operand !== null) {
        const [name, condition] = Object.entries(operand)[0] ?? ['', '']
        return { name, texts: [String(condition)], segment }
      }
      if (operator === 'user' && typeof operand === 'string' && listsUsers)
        return { name: USER_ID, texts: [operand], segment, isList: true }
      return 'never'
    },
  }
}

/** Both sides of a comparison: what is not there on one has no say there. */
function sidesOf<T>(
  comparison: Comparison,
  of: (campaign: Campaign) => T,
): { before: T | undefined; after: T | undefined } {
  const { before, after } = comparison
  return { before: before && of(before), after: after && of(after) }
}

async function bySegment(comparison: Comparison, evaluate: Evaluate): Promise<Populations> {
  const own = sidesOf(comparison, ({ segments }) => segments)
  const others = [...comparison.others.before, ...comparison.others.after].filter(
    ({ segments }) => !isEmpty(segments),
  )
  const segments = [own.before, own.after, ...others.map((other) => other.segments)]
  if (segments.every(isEmpty)) return { populations: [{ fits: 'all' }], unknown: [] }
  const { fit, accepts } = await createFits(segmentsWith(evaluate, { listsUsers: false }), segments)
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
    const found = await Promise.all(variants(others).map((more) => fit([...goals, ...more])))
    const plain = await fit(goals)
    // Whom it does not accept it moves by a whitelist alone.
    if (
      (fits !== 'neither' || isListing(comparison)) &&
      [plain, ...found].some(({ kind }) => kind === 'unknown')
    )
      unknown.push(fits)
    for (const each of [...found, plain]) {
      if (each.kind !== 'found') continue
      const { variables } = each
      const accepted = new Map<unknown, boolean>()
      for (const segment of segments) accepted.set(segment, await accepts(segment, variables))
      const kind = segments.map((segment) => accepted.get(segment)).join(' ')
      if (populations.has(`${fits} ${kind}`)) continue
      const isFirst = ![...populations.values()].some((one) => one.fits === fits)
      const named = isFirst
        ? undefined
        : othersInWords(comparison, (segment) => accepted.get(segment) === true)
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

/** Users who are listed for a variation, of this campaign or of others in its group. */
async function byWhitelist(comparison: Comparison, evaluate: Evaluate): Promise<Listed> {
  const { before = [], after = [] } = sidesOf(comparison, whitelistsOf)
  const others = [...comparison.others.before, ...comparison.others.after].flatMap(whitelistsOf)
  const listed = await listedUsers(
    { before, after, others },
    segmentsWith(evaluate, { listsUsers: true }),
    (variables) => (Object.keys(variables).length > 0 ? { variationTargetingVariables: variables } : {}),
  )
  return { ...listed, isWhole: listed.isWhole && !usesHashes(comparison) }
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
