/**
 * What a whole settings-file costs an SDK, where each part of it is small: how much is copied, and how much is looked through.
 *
 * @module
 */
import type { SettingsFile } from '@vwo-hub/protocol/fme'
import { type Campaign, campaignsById, type Feature, groupIdOf, groupIn, memberOf } from './parts.ts'

type Rule = NonNullable<Feature['rules']>[number]

/**
 * Variations with their variables that all rules together may point to: each rule has copies of its own. A million take an app
 * about a second and 200 MB; where no two rules share a campaign, a file of 16 MB has fewer.
 */
const MOST_COPIES = 1_000_000

/**
 * What a decision may look through for the groups of a feature; with so much it holds an app up for about a quarter of a
 * second. With 5,000 features that is a group of more than a hundred tests, or ten groups of thirty tests for one feature.
 */
const MOST_STEPS = 5_000_000

/** A feature that a group has found is compared in so much less time than one is visited, and a rule in a quarter of it. */
const [COMPARED, ASKED] = [1 / 32, 1 / 4]

/**
 * Finds rules that together point to more than an app has memory for.
 *
 * @see vwo-fme-node-sdk 1.35.0 `lib/utils/FunctionUtil.ts` `addLinkedCampaignsToSettings`
 */
export function findManyCopies(file: SettingsFile): string | undefined {
  const campaigns = campaignsById(file)
  const sizes = new Map<Campaign, number>()
  let copies = 0
  for (const [index, { rules = [] }] of file.features.entries()) {
    for (const rule of rules) {
      const campaign = campaigns.get(rule.campaignId)
      if (campaign !== undefined) copies += copiesOf(rule, campaign, sizes)
    }
    if (copies > MOST_COPIES)
      return `features[${index}].rules: expected rules that up to here point to at most ${MOST_COPIES} variations and variables, of which each has copies of its own, got ${copies}`
  }
  return undefined
}

/** @param sizes - Of campaigns that were counted before. */
function copiesOf({ variationId }: Rule, campaign: Campaign, sizes: Map<Campaign, number>): number {
  const own = variationId ? campaign.variations.find(({ id }) => id === variationId) : undefined
  if (own !== undefined) return sizeOf(own)
  const known = sizes.get(campaign)
  if (known !== undefined) return known
  const size = campaign.variations.reduce((sum, each) => sum + sizeOf(each), 0)
  sizes.set(campaign, size)
  return size
}

function sizeOf({ variables }: Campaign['variations'][number]): number {
  return 1 + (variables?.length ?? 0)
}

/**
 * Finds a feature whose groups take too long to decide: for each member of a group all features and their rules are gone
 * through, and each feature is looked for among those that were found.
 *
 * @see vwo-fme-node-sdk 1.35.0 `lib/utils/CampaignUtil.ts` `getFeatureKeysFromCampaignIds`
 */
export function findLongSearch(file: SettingsFile): string | undefined {
  const campaigns = campaignsById(file)
  const stepsOf = createStepsOf(file)
  for (const [index, feature] of file.features.entries()) {
    const groups = groupsOf(feature, file, campaigns)
    const steps = Math.round([...groups].reduce((sum, id) => sum + stepsOf(id), 0))
    if (steps > MOST_STEPS)
      return `features[${index}].rules: expected groups with at most ${MOST_STEPS} steps in all (their members × features of the file, and more where groups have many rules), got ${steps}`
  }
  return undefined
}

function groupsOf(
  { rules = [] }: Feature,
  file: SettingsFile,
  campaigns: ReadonlyMap<number | string, Campaign>,
): Set<string> {
  const ids = rules.flatMap((rule) => {
    const campaign = campaigns.get(rule.campaignId)
    return campaign === undefined ? [] : (groupIdOf(file, memberOf(rule, campaign)) ?? [])
  })
  return new Set(ids)
}

/** @returns What it takes to find the features of a group, which is counted once. */
function createStepsOf(file: SettingsFile): (groupId: string) => number {
  const { features } = file
  const rules = features.flatMap((feature) => feature.rules ?? [])
  const pointing = new Map<number, number>()
  for (const { campaignId } of rules) pointing.set(campaignId, (pointing.get(campaignId) ?? 0) + 1)
  const known = new Map<string, number>()
  return (groupId) => {
    const before = known.get(groupId)
    if (before !== undefined) return before
    const members = groupIn(file, groupId)?.campaigns ?? []
    const listed = new Set(members.map((member) => Number(member.split('_')[0])))
    const found = [...listed].reduce((sum, id) => sum + (pointing.get(id) ?? 0), 0)
    const steps = members.length * (features.length * (1 + found * COMPARED) + rules.length * ASKED)
    known.set(groupId, steps)
    return steps
  }
}
