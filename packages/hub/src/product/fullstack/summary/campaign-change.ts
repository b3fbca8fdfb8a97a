import type { SettingsFile } from '@vwo-hub/protocol/fullstack'
import { segmentChange } from '../../summary/segment-change.ts'
import { fieldChanges, transition } from '../../summary/field-change.ts'
import { eventsChanges, variablesChanges } from '../../summary/inner-changes.ts'
import { variationsChanges } from '../../summary/variation-change.ts'
import { counted, nameOf, valueOf } from '../../../text/words.ts'

export type Campaign = SettingsFile['campaigns'][number]

const campaignFields = new Set(['percentTraffic', 'goals', 'variations', 'variables', 'segments'])

/** A campaign that was not there before. Only running ones are listed by VWO, so it has just begun. */
export function newCampaign(campaign: Campaign): string {
  const state = campaign.status === 'RUNNING' ? 'now running' : `new, status ${nameOf(campaign.status)}`
  return `${state} (traffic ${campaign.percentTraffic} %, ${counted(campaign.variations.length, 'variation')})`
}

/** A campaign that is listed no more: it was paused or deleted. */
export function goneCampaign(campaign: Campaign): string {
  return campaign.status === 'RUNNING' ? 'no longer running' : 'no longer listed'
}

/** What changed within one campaign. */
export function campaignChanges(before: Campaign, after: Campaign): string[] {
  const texts: string[] = []
  if (before.percentTraffic !== after.percentTraffic) {
    texts.push(transition('traffic', valueOf(before.percentTraffic), valueOf(after.percentTraffic), ' %'))
  }
  texts.push(...variationsChanges(before.variations, after.variations))
  texts.push(...variablesChanges(before.variables, after.variables))
  texts.push(...segmentChange('segment', before.segments, after.segments))
  texts.push(...eventsChanges('goal', before.goals, after.goals))
  texts.push(...fieldChanges(before, after, campaignFields))
  return texts
}
