import type { SettingsFile } from '@vwo-hub/protocol/fullstack'
import { changedUnits } from '../../preview/changed-units.ts'
import type { UnitComparison } from '../../preview/preview-moves.ts'
import { type GroupPart, partsOf } from '../judge/parts.ts'

export type Campaign = SettingsFile['campaigns'][number]

/** A campaign that may decide otherwise than before. */
export interface Comparison extends UnitComparison<Campaign> {
  /** Those that exclude it, on each side. */
  readonly others: { readonly before: readonly Campaign[]; readonly after: readonly Campaign[] }
}

/**
 * Finds the campaigns that have to be compared: those that are not the same to the letter together with all that a
 * decision depends on. Behind another one of the same key a campaign is never decided for.
 */
export function planComparisons(previous: SettingsFile, next: SettingsFile): Comparison[] {
  return changedUnits(basesOf(previous), basesOf(next)).map(({ key, kind, from, to }) => ({
    ...{ key, kind, before: from?.campaign, after: to?.campaign },
    others: { before: from?.others ?? [], after: to?.others ?? [] },
  }))
}

/**
 * The same settings-file with these campaigns, and with those that exclude them, alone: they decide as before, and each
 * decision of the SDK costs what all campaigns cost that it has to go through.
 */
export function withOnly(file: SettingsFile, keys: ReadonlySet<string>): SettingsFile {
  const { isFirst, groups } = partsOf(file)
  const kept = new Set(
    file.campaigns.flatMap(({ key }, place) => (isFirst[place] === true && keys.has(key) ? [place] : [])),
  )
  for (const { members } of groups)
    if (members.some((place) => kept.has(place))) for (const place of members) kept.add(place)
  return { ...file, campaigns: file.campaigns.filter((_, place) => kept.has(place)) }
}

interface Basis {
  readonly campaign: Campaign
  readonly others: readonly Campaign[]
  readonly basis: string
}

/**
 * Each campaign by its key, and what decisions for it depend on as one text: itself, how users are bucketed, and its
 * group with the other members.
 *
 * @see vwo-node-sdk 1.73.0 `lib/core/BucketingService.js`, `lib/utils/DecisionUtil.js`
 */
function basesOf(file: SettingsFile): Map<string, Basis> {
  const { version, accountId, campaigns, campaignGroups, groups } = file
  const flags = { isNB: file['isNB'], isNBv2: file['isNBv2'] }
  const decisive: SettingsFile = {
    version,
    accountId: String(accountId),
    ...flags,
    campaigns,
    campaignGroups,
    groups,
  }
  const parts = partsOf(decisive)
  const ofGroups = new Map<number, GroupPart[]>()
  for (const group of parts.groups) {
    for (const place of group.members) {
      const found = ofGroups.get(place)
      if (found === undefined) ofGroups.set(place, [group])
      else found.push(group)
    }
  }
  const bases = new Map<string, Basis>()
  for (const [place, campaign] of campaigns.entries()) {
    if (parts.isFirst[place] !== true) continue
    const own = ofGroups.get(place) ?? []
    const others = new Set(own.flatMap(({ members }) => members.flatMap((member) => campaigns[member] ?? [])))
    others.delete(campaign)
    const basis = [parts.campaigns[place], ...own.map(({ key }) => key)].join(' ')
    bases.set(campaign.key, { campaign, others: [...others], basis })
  }
  return bases
}
