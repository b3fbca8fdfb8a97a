import type { SettingsFile } from '@vwo-hub/protocol/fme'
import { nameOf } from '../../../text/words.ts'
import type { RuleOverview, UnitOverview } from '../../overview.ts'
import { segmentInWords } from '../../summary/segment-change.ts'
import { percentOf, sharesOf, told, variablesInWords } from '../../summary/share-overview.ts'
import { type Campaign, campaignsById, type Feature, groupIdOf, groupIn, memberOf } from '../judge/parts.ts'
import {
  isTest,
  kindOfRule,
  linkedRules,
  type LinkedRule,
  ownVariation,
  runningRules,
  trafficOf,
} from '../rules.ts'

/** Each feature, for people to look at. */
export function* featureOverviews(file: SettingsFile): Generator<UnitOverview> {
  const campaigns = campaignsById(file)
  for (const feature of file.features) yield featureOverview(feature, file, campaigns)
}

/** It decides by its rules, whatever its status says; see `format.ts`. */
function featureOverview(
  feature: Feature,
  file: SettingsFile,
  campaigns: ReadonlyMap<number | string, Campaign>,
): UnitOverview {
  const rules = linkedRules(feature, campaigns)
  const isRunning = runningRules(feature, campaigns).length > 0
  return {
    key: feature.key,
    subject: nameOf(feature.key),
    kind: 'feature',
    isRunning,
    status: isRunning ? 'running' : 'off',
    rules: told(rules).map((linked) => ruleOverview(linked, file)),
  }
}

function ruleOverview({ rule, campaign }: LinkedRule, file: SettingsFile): RuleOverview {
  const name = `${nameOf(rule.ruleKey)} (${kindOfRule(rule)})`
  if (campaign === undefined) return { name, segment: 'nobody: it is paused', split: [], variables: [] }
  const own = isTest(campaign) ? undefined : ownVariation(rule, campaign)
  const group = groupOf(rule, campaign, file)
  return {
    name,
    traffic: percentOf(trafficOf({ rule, campaign })),
    segment: segmentInWords(own === undefined ? campaign.segments : own.segments, 'all users'),
    split: own === undefined ? sharesOf(campaign.variations, campaign.isForcedVariationEnabled === true) : [],
    variables: variablesInWords(own?.variables),
    ...(group !== undefined && { group }),
  }
}

function groupOf(rule: LinkedRule['rule'], campaign: Campaign, file: SettingsFile): string | undefined {
  const id = groupIdOf(file, memberOf(rule, campaign))
  const group = id === undefined ? undefined : groupIn(file, id)
  return group && nameOf(group.name ?? String(id))
}
