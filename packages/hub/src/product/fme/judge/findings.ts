import type { SettingsFile } from '@vwo-hub/protocol/fme'
import { plainText } from '../../../text/plain-text.ts'
import { type Finding, findInUnits, shareFault } from '../../judge/finding.ts'
import { type Campaign, campaignsById, membershipsOf } from './parts.ts'

/** What can be seen without trying: shares that do not add up, what stands twice, and groups that are not there. */
export function plainFindings(file: SettingsFile): Finding[] {
  const campaigns = campaignsById(file)
  const groups: Finding[] = []
  const units = findInUnits('features', file.features, (feature, note) => {
    for (const [place, { campaignId }] of (feature.rules ?? []).entries()) {
      const campaign = campaigns.get(campaignId)
      const found = campaign && shareFaultOf(campaign)
      if (found !== undefined) note('share', `rules[${place}].${found.place}`, found.why)
    }
    for (const { member, groupId, isThere, isListed } of membershipsOf(feature, file, campaigns)) {
      if (isListed) continue
      const expected = isThere ? 'the id of a group that lists it' : 'the id of a group in "groups"'
      const place = `campaignGroups[${JSON.stringify(plainText(member, 60))}]`
      const why = `expected ${expected}, got ${groupId}`
      // The SDK throws where it looks for the group, and the flag is off.
      const mute = isThere ? {} : { isMute: true as const }
      groups.push({ within: undefined, warning: { kind: 'fault', unit: feature.key, place, why, ...mute } })
    }
  })
  return [...units, ...groups]
}

function shareFaultOf({ type, percentTraffic = 0, variations }: Campaign): ReturnType<typeof shareFault> {
  const isShare = (value: number): boolean => value >= 0 && value <= 100
  if (type === 'FLAG_TESTING') {
    if (isShare(percentTraffic)) return shareFault(variations.map(({ weight }) => Number(weight)))
    return { place: 'percentTraffic', why: `expected a number from 0 to 100, got ${percentTraffic}` }
  }
  // Each rule names one of them, and its weight is the traffic of that rule.
  const wrong = variations.findIndex(({ weight }) => !isShare(Number(weight)))
  if (wrong === -1) return undefined
  const why = `expected a number from 0 to 100, got ${Number(variations[wrong]?.weight)}`
  return { place: `variations[${wrong}].weight`, why }
}
