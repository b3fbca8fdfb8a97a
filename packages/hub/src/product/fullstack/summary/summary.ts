import type { SettingsFile } from '@vwo-hub/protocol/fullstack'
import type { Change, Changes } from '../../product.ts'
import { campaignChanges, goneCampaign, newCampaign } from './campaign-change.ts'
import { groupChanges } from '../../summary/group-change.ts'
import { changeOf, firstSettings, summaryOf } from '../../summary/one-line.ts'
import { matchCampaigns } from '../../summary/match.ts'
import { isSame, rootChanges } from '../../summary/field-change.ts'
import { nameOf } from '../../../text/words.ts'

const phrasedFields = new Set(['campaigns', 'groups', 'campaignGroups'])

/**
 * Says in words for people what the next settings-file changes.
 *
 * `checkout-test: traffic 50 → 80 %, Variation-1 weight 50 → 20; old-banner: no longer running`
 *
 * Takes time in proportion to the size of both, and never throws. Campaigns are matched by key, as by apps, and
 * where that is another one by id; of two with one key the first counts. Variations, goals and variables are matched by id. The sdkKey is never named, and whitelisted user ids are counted only.
 *
 * @param previous - What is published now; undefined when nothing is.
 */
export function summariseChange(
  previous: SettingsFile | undefined,
  next: SettingsFile,
): Pick<Changes, 'summary' | 'changes'> {
  if (previous === undefined) return firstSettings(next.campaigns.length, 'campaign')
  return summaryOf(changesBetween(previous, next))
}

function changesBetween(previous: SettingsFile, next: SettingsFile): Change[] {
  const changes: Change[] = []
  const add = (subject: string, kind: Change['kind'], text: string): void => {
    changes.push(changeOf(subject, kind, text))
  }

  for (const text of rootChanges(previous, next, phrasedFields)) add('settings-file', 'changed', text)

  const { pairs, added, removed, isReordered } = matchCampaigns(previous.campaigns, next.campaigns)
  if (isReordered) add('settings-file', 'changed', 'campaigns in another order')
  for (const [before, after] of pairs) {
    // Kept from the one before, as nearly all are.
    if (before === after) continue
    for (const text of campaignChanges(before, after)) add(nameOf(after.key), 'changed', text)
  }
  for (const campaign of added) add(nameOf(campaign.key), 'added', newCampaign(campaign))
  for (const campaign of removed) add(nameOf(campaign.key), 'removed', goneCampaign(campaign))

  const groups = groupChanges(previous.groups, next.groups, campaignNames(previous, next))
  changes.push(...groups)
  // Membership is there twice: by group, and by campaign. Only the first is told, unless the second differs alone.
  if (groups.length === 0 && !isSame(previous.campaignGroups ?? {}, next.campaignGroups ?? {})) {
    add('settings-file', 'changed', 'groups of campaigns changed')
  }
  return changes
}

function campaignNames(previous: SettingsFile, next: SettingsFile): (id: string) => string {
  const keys = new Map([...previous.campaigns, ...next.campaigns].map(({ id, key }) => [String(id), key]))
  return (id) => nameOf(keys.get(id) ?? `campaign ${id}`)
}
