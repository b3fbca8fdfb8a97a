import type { SettingsFile } from '@vwo-hub/protocol/fme'
import { nameOf } from '../../../text/words.ts'
import { type Finding, findInUnits, placeNamed, shareFault } from '../../judge/unit-finding.ts'
import type { Parts } from '../../judge/parts.ts'
import { type Campaign, campaignsById, membershipsOf } from './parts.ts'

/** What can be seen without trying: shares that do not add up, what stands twice, and groups that are not there. */
export function plainFindings(file: SettingsFile, parts: Pick<Parts, 'groups'>): Finding[] {
  const campaigns = campaignsById(file)
  const groups: Finding[] = []
  /** Features of whose rollouts the SDK throws: so it does wherever a group asks for them. */
  const throwing = new Set<string>()
  const units = findInUnits('features', file.features, (feature, note) => {
    for (const [place, { campaignId }] of (feature.rules ?? []).entries()) {
      const campaign = campaigns.get(campaignId)
      const found = campaign && shareFaultOf(campaign)
      if (found !== undefined) note('share', `rules[${place}].${found.place}`, found.why)
    }
    for (const { type, member, groupId, isThere, isListed } of membershipsOf(feature, file, campaigns)) {
      if (isListed) continue
      const expected = isThere ? 'the id of a group that lists it' : 'the id of a group in "groups"'
      const place = placeNamed('campaignGroups', member)
      const why = `expected ${expected}, got ${groupId}`
      // The SDK throws where it looks for the group, and the flag is off.
      const mute = isThere ? {} : { isMute: true as const }
      groups.push({ within: undefined, warning: { kind: 'fault', unit: feature.key, place, why, ...mute } })
      if (!isThere && type === 'FLAG_ROLLOUT') throwing.add(feature.key)
    }
  })
  for (const { id, members } of parts.groups) {
    const keys = members.flatMap((place) => file.features[place]?.key ?? [])
    const found = keys.find((key) => throwing.has(key))
    if (found === undefined) continue
    const place = placeNamed('groups', id)
    const why = `expected rollouts that are in no group, got that of ${nameOf(found)}`
    for (const unit of keys)
      if (!throwing.has(unit))
        groups.push({ within: undefined, warning: { kind: 'fault', unit, place, why } })
  }
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
