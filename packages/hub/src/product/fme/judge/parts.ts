import type { SettingsFile } from '@vwo-hub/protocol/fme'
import {
  contextOf,
  digestOf,
  firstsOf,
  type Grouped,
  type GroupPart,
  keyOf,
  type Parts,
  partsFrom,
} from '../../judge/parts.ts'

export type Feature = SettingsFile['features'][number]
export type Campaign = SettingsFile['campaigns'][number]
type Groups = Exclude<SettingsFile['groups'], undefined | readonly []>

/** A rule that is said to be in a group: `"2"` by its campaign, `"3_1"` by the variation of a personalisation. */
interface Membership {
  readonly type: Campaign['type']
  readonly member: string
  readonly groupId: string
  /** Whether the group is there, and whether it lists the member. */
  readonly isThere: boolean
  readonly isListed: boolean
}

const apart: ReadonlySet<string> = new Set(['version', 'features', 'campaigns', 'campaignGroups', 'groups'])

/** Rules that exclude each other are decided for together, with the features that they belong to. */
export function partsOf(file: SettingsFile): Parts {
  const campaigns = campaignsById(file)
  const isFirst = firstsOf(file.features.map(({ key }) => key))
  return partsFrom({
    context: contextOf(file, apart),
    digests: file.features.map((feature) =>
      keyOf([digestOf(feature), ...campaignsOf(feature, campaigns).map(digestOf)]),
    ),
    isFirst,
    groups: groupsOf(file, campaigns, isFirst),
  })
}

/** As the SDK finds them: of two with the same id the last one. */
export function campaignsById({ campaigns }: SettingsFile): ReadonlyMap<number | string, Campaign> {
  return new Map(campaigns.map((campaign) => [campaign.id, campaign]))
}

/** What the rules of a feature point to; those that point to nothing are passed over. */
export function campaignsOf(
  { rules = [] }: Feature,
  campaigns: ReadonlyMap<number | string, Campaign>,
): Campaign[] {
  return rules.flatMap(({ campaignId }) => campaigns.get(campaignId) ?? [])
}

/** Of each rule of a feature that is said to be in a group, which. */
export function membershipsOf(
  feature: Feature,
  file: SettingsFile,
  campaigns: ReadonlyMap<number | string, Campaign>,
): Membership[] {
  return (feature.rules ?? []).flatMap((rule) => {
    const campaign = campaigns.get(rule.campaignId)
    if (campaign === undefined) return []
    const member = memberOf(rule, campaign)
    const groupId = groupIdOf(file, member)
    if (groupId === undefined) return []
    const group = groupIn(file, groupId)
    const { type } = campaign
    const isListed = group?.campaigns.includes(member) === true
    return [{ type, member, groupId, isThere: group !== undefined, isListed }]
  })
}

/** What groups call a rule. A rollout must be in none, and the SDK looks for its group all the same. */
export function memberOf(
  { campaignId, variationId }: NonNullable<Feature['rules']>[number],
  { type, variations }: Campaign,
): string {
  const variation = variations.find(({ id }) => id === variationId) ?? variations[0]
  return type === 'FLAG_PERSONALIZE' ? `${campaignId}_${variation?.id ?? ''}` : String(campaignId)
}

/** The group that a member is said to be in; it need not be there. */
export function groupIdOf({ campaignGroups = {} }: SettingsFile, member: string): string | undefined {
  const groups = campaignGroups as Readonly<Record<string, number>>
  return Object.hasOwn(groups, member) ? String(groups[member]) : undefined
}

export function groupIn({ groups = {} }: SettingsFile, id: string): Groups[string] | undefined {
  return Object.hasOwn(groups, id) ? (groups as Groups)[id] : undefined
}

function memberIds({ campaignGroups = {} }: SettingsFile, groupId: string): string[] {
  return Object.entries(campaignGroups).flatMap(([member, id]) => (String(id) === groupId ? [member] : []))
}

/** A feature belongs to a group by any of its rules, and by what the group lists. */
function groupsOf(
  file: SettingsFile,
  campaigns: ReadonlyMap<number | string, Campaign>,
  isFirst: readonly boolean[],
): Grouped<GroupPart>[] {
  const places = new Map<number, number[]>()
  const own = new Map<string, Set<number>>()
  for (const [place, feature] of file.features.entries()) {
    if (isFirst[place] !== true) continue
    for (const { campaignId } of feature.rules ?? []) {
      const known = places.get(campaignId)
      if (known === undefined) places.set(campaignId, [place])
      else known.push(place)
    }
    for (const { groupId, isThere } of membershipsOf(feature, file, campaigns)) {
      if (isThere) own.set(groupId, (own.get(groupId) ?? new Set()).add(place))
    }
  }
  return [...own].map(([id, features]) => {
    for (const listed of groupIn(file, id)?.campaigns ?? []) {
      for (const place of places.get(Number.parseInt(listed, 10)) ?? []) features.add(place)
    }
    const members = [...features].toSorted((a, b) => a - b)
    return { group: { id, members }, content: [id, groupIn(file, id), memberIds(file, id)] }
  })
}
