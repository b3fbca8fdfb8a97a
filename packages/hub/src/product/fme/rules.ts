import { nameOf } from '../../text/words.ts'
import type { Campaign, Feature } from './judge/parts.ts'

export type Rule = NonNullable<Feature['rules']>[number]

/** A rule, and what it points to; that is not there while the rule is paused. */
export interface LinkedRule {
  readonly id: string
  readonly rule: Rule
  readonly campaign: Campaign | undefined
}

/** Rules of a feature, by their keys. */
export function linkedRules(
  { rules = [] }: Feature,
  campaigns: ReadonlyMap<number | string, Campaign>,
): LinkedRule[] {
  return rules.map((rule) => ({ id: rule.ruleKey, rule, campaign: campaigns.get(rule.campaignId) }))
}

/** `rollout`, `test`, `personalisation`. */
export function kindOfRule({ type }: Pick<Rule, 'type'>): string {
  switch (type) {
    case 'FLAG_ROLLOUT':
      return 'rollout'
    case 'FLAG_TESTING':
      return 'test'
    case 'FLAG_PERSONALIZE':
      return 'personalisation'
    default:
      return nameOf(type)
  }
}

export const isTest = ({ type }: Campaign): boolean => type === 'FLAG_TESTING'

/** What a rule chooses among: the variation alone that it names, also of a test, or else all of them. */
export function variationsOf({ variationId }: Rule, { variations }: Campaign): Campaign['variations'] {
  const named = variations.find(({ id }) => id === variationId)
  return named === undefined ? variations : [named]
}

/** The variation that a rule of a rollout or personalisation is about. */
export function ownVariation(rule: Rule, campaign: Campaign): Campaign['variations'][number] | undefined {
  return variationsOf(rule, campaign)[0]
}

/** How many of those whom its segment accepts a rule takes, in percent, as the file has it. */
export function trafficOf({ rule, campaign }: { readonly rule: Rule; readonly campaign: Campaign }): unknown {
  return isTest(campaign) ? campaign.percentTraffic : ownVariation(rule, campaign)?.weight
}

/** Whom a rule accepts: a segment, or nothing for everybody. */
export function segmentOf(rule: Rule, campaign: Campaign): unknown {
  return isTest(campaign) ? campaign.segments : ownVariation(rule, campaign)?.segments
}

/** A rule with what it points to. */
export interface Running {
  readonly rule: Rule
  readonly campaign: Campaign
}

/** Whether not even an empty segment says whom a rule accepts: the SDK throws, and the feature is off. */
export const isWithoutSegment = ({ rule, campaign }: Running): boolean =>
  segmentOf(rule, campaign) === undefined

export const isRollout = ({ campaign }: Running): boolean => campaign.type === 'FLAG_ROLLOUT'

/**
 * Which of a feature's campaigns the SDK looks at; others it passes over.
 *
 * @see vwo-fme-node-sdk 1.35.0 `lib/utils/FunctionUtil.ts` `getSpecificRulesBasedOnType`, `getAllExperimentRules`
 */
const decidingTypes: ReadonlySet<string> = new Set(['FLAG_ROLLOUT', 'FLAG_TESTING', 'FLAG_PERSONALIZE'])

/** Rules whose campaigns are there, and of a type that decides. */
export function runningRules(feature: Feature, campaigns: ReadonlyMap<number | string, Campaign>): Running[] {
  return linkedRules(feature, campaigns).flatMap(({ rule, campaign }) =>
    campaign !== undefined && decidingTypes.has(campaign.type) ? [{ rule, campaign }] : [],
  )
}
