import type { SettingsFile } from '@vwo-hub/protocol/fullstack'
import { nameOf } from '../../../text/words.ts'
import type { UnitOverview } from '../../overview.ts'
import { segmentInWords } from '../../summary/segment-change.ts'
import { percentOf, sharesOf, variablesInWords } from '../../summary/share-overview.ts'
import type { Campaign } from './campaign-change.ts'

const kinds: Readonly<Record<string, string>> = {
  VISUAL_AB: 'A/B test',
  FEATURE_TEST: 'feature test',
  FEATURE_ROLLOUT: 'rollout',
}

/** Each campaign, for people to look at. */
export function* campaignOverviews(file: SettingsFile): Generator<UnitOverview> {
  for (const campaign of file.campaigns) yield campaignOverview(campaign, groupOf(file, campaign))
}

function campaignOverview(campaign: Campaign, group: string | undefined): UnitOverview {
  const { key, type, status, percentTraffic, segments, variations, variables } = campaign
  const isRollout = type === 'FEATURE_ROLLOUT'
  return {
    key,
    subject: nameOf(key),
    kind: (Object.hasOwn(kinds, type) ? kinds[type] : undefined) ?? nameOf(type),
    isRunning: status === 'RUNNING',
    status: nameOf(status).toLowerCase(),
    rules: [
      {
        traffic: percentOf(percentTraffic),
        segment: segmentInWords(segments, 'all users'),
        split: isRollout ? [] : sharesOf(variations, campaign.isForcedVariationEnabled === true),
        variables: variablesInWords(variables),
        ...(group !== undefined && { group }),
      },
    ],
  }
}

/** @see vwo-node-sdk 1.73.0 `lib/utils/CampaignUtil.js`: the group that a campaign is said to be in, where there is one. */
function groupOf({ campaignGroups = {}, groups = {} }: SettingsFile, { id }: Campaign): string | undefined {
  const groupId = ownOf(campaignGroups as Readonly<Record<string, number>>, String(id))
  const group = ownOf(groups as Readonly<Record<string, { readonly name?: unknown }>>, String(groupId))
  if (group === undefined) return undefined
  return nameOf(typeof group.name === 'string' ? group.name : String(groupId))
}

function ownOf<Value>(record: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined
}
