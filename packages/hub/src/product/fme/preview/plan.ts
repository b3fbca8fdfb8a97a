import type { SettingsFile } from '@vwo-hub/protocol/fme'
import { digestOf } from '../../judge/parts.ts'
import { basesOf, changedUnits, withOthers } from '../../preview/changed-units.ts'
import type { UnitComparison } from '../../preview/preview-moves.ts'
import type { Whitelist } from '../../preview/whitelists.ts'
import { isEmpty } from '../../preview/fit.ts'
import { createHoldoutsOf, type Holdout } from '../holdouts.ts'
import {
  campaignsById,
  campaignsOf,
  type Campaign,
  type Feature,
  membershipsOf,
  partsOf,
} from '../judge/parts.ts'
import { isTest, runningRules, segmentOf } from '../rules.ts'

/** A feature that may decide otherwise than before. */
export interface Comparison extends UnitComparison<Feature> {
  readonly asked: { readonly before: Asked; readonly after: Asked }
}

/** What decisions for a feature ask of a user. */
export interface Asked {
  /** Segments of its rules; `open`: a rule that accepts everybody. */
  readonly own: readonly Segment[]
  readonly isOpen: boolean
  /** Of those that its rules share a group with. */
  readonly others: readonly Segment[]
  readonly lists: readonly Whitelist[]
  readonly otherLists: readonly Whitelist[]
  /** Whether lists have hashes of ids, of which no id can be told. */
  readonly hasHashes: boolean
}

/** Whom a rule accepts. */
export interface Segment {
  /** The rule, by name. */
  readonly name: string
  readonly segment: object
}

const nothing: Asked = {
  ...{ own: [], isOpen: false, others: [], lists: [], otherLists: [], hasHashes: false },
}

/**
 * Finds the features that have to be compared: those that are not the same to the letter together with all that a decision
 * depends on.
 */
export function planComparisons(previous: SettingsFile, next: SettingsFile): Comparison[] {
  return changedUnits(sidesOf(previous), sidesOf(next)).map(({ key, kind, from, to }) => ({
    ...{ key, kind, before: from?.feature, after: to?.feature },
    asked: { before: from?.asked() ?? nothing, after: to?.asked() ?? nothing },
    ...((from?.holdouts ?? '') !== (to?.holdouts ?? '') && { unknowable: ['heldOut'] as const }),
  }))
}

/**
 * The same settings-file with the rules of these features, and of those that they share a group with, alone: they decide as
 * before, and each decision costs what all rules cost that the SDK has to go through. The others are there without any: a
 * segment may ask whether a feature is there.
 */
export function withOnly(file: SettingsFile, keys: ReadonlySet<string>): SettingsFile {
  const own = file.features.flatMap(({ key }, place) => (keys.has(key) ? [place] : []))
  const kept = withOthers(partsOf(file), own)
  const campaigns = campaignsById(file)
  const linked = new Set(
    file.features.flatMap((feature, place) => (kept.has(place) ? campaignsOf(feature, campaigns) : [])),
  )
  return {
    ...file,
    features: file.features.map((feature, place) =>
      kept.has(place) ? feature : { ...feature, metrics: [], rules: [], variables: [] },
    ),
    campaigns: [...linked],
  }
}

/**
 * Each feature by its key, and what decisions for it depend on: itself with what its rules point to, its groups and holdouts. Of two
 * with one key the first is decided for, and the other one still counts in a group.
 *
 * @see vwo-fme-node-sdk 1.35.0 `lib/api/GetFlag.ts`, `lib/utils/MegUtil.ts`
 */
function sidesOf(file: SettingsFile) {
  const { version, accountId, features, campaigns, groups, campaignGroups } = file
  const decisive = {
    ...{ version, features, campaigns, groups, campaignGroups },
    accountId: String(accountId),
  }
  const byId = campaignsById(decisive)
  // A segment may ask for a feature by its id.
  const ids = features.map(({ id }) => id).join()
  const lost = new Map(features.map((feature) => [feature, lostMembers(feature, decisive, byId)]))
  const holdoutsOf = holdoutsInText(file)
  return basesOf(partsOf(decisive), features, (feature, others) => {
    const asksFeatures = campaignsOf(feature, byId).some((campaign) =>
      JSON.stringify(campaign).includes('"featureId"'),
    )
    const asked = (): Asked => askedOf(feature, others, byId)
    const holdouts = [feature, ...others].map(holdoutsOf).join('')
    const also = [
      holdouts,
      ...(asksFeatures ? [ids] : []),
      ...[feature, ...others].map((each) => lost.get(each)),
    ].join()
    return { feature, asked, holdouts, also }
  })
}

/** What newer SDKs decide by about holdouts of a feature; empty where it has none. */
function holdoutsInText(file: SettingsFile): (feature: Feature) => string {
  const { common, own } = createHoldoutsOf(file)
  const inText = (holdouts: readonly Holdout[]): string =>
    holdouts.length === 0
      ? ''
      : digestOf(holdouts.map(({ id, segments, percentTraffic }) => [id, segments, percentTraffic]))
  const everywhere = inText(common)
  return (feature) => everywhere + inText(own(feature))
}

/** Rules whose group is not there: the feature is off, and those with a rule in a group with it may be, too. */
function lostMembers(feature: Feature, file: SettingsFile, campaigns: ById): string {
  const lost = membershipsOf(feature, file, campaigns).filter(({ isThere }) => !isThere)
  return lost.map(({ member, groupId }) => `${member} in ${groupId}`).join()
}

type ById = ReadonlyMap<number | string, Campaign>

function askedOf(feature: Feature, others: readonly Feature[], campaigns: ById): Asked {
  const [own, rest] = [
    rulesOf(feature, campaigns),
    others.map((other) => rulesOf(other, campaigns, other.key)),
  ]
  return {
    ...own,
    others: rest.flatMap((each) => each.own),
    otherLists: rest.flatMap((each) => each.lists),
    hasHashes: own.hasHashes || rest.some((each) => each.hasHashes),
  }
}

/** @param of - Before the names of its rules. */
function rulesOf(
  feature: Feature,
  campaigns: ById,
  of = '',
): Pick<Asked, 'own' | 'isOpen' | 'lists' | 'hasHashes'> {
  const rules = runningRules(feature, campaigns).map(({ rule, campaign }) => {
    return { rule, campaign, name: of === '' ? rule.ruleKey : `${of} ${rule.ruleKey}` }
  })
  const segments = rules.map(({ rule, campaign, name }) => ({ name, segment: segmentOf(rule, campaign) }))
  return {
    own: segments.filter((each): each is Segment => !isEmpty(each.segment)),
    isOpen: segments.some(({ segment }) => isEmpty(segment)),
    lists: rules.flatMap(({ campaign, name }) => whitelistsOf(campaign, name)),
    hasHashes: rules.some(({ campaign }) => campaign.isUserListEnabled === true),
  }
}

function whitelistsOf(campaign: Campaign, rule: string): Whitelist[] {
  if (!isTest(campaign) || campaign.isForcedVariationEnabled !== true) return []
  return campaign.variations.flatMap(({ name, segments }) =>
    isEmpty(segments) ? [] : [{ segment: segments as object, name: `${rule}: ${name}` }],
  )
}
