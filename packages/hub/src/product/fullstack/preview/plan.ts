import type { SettingsFile } from '@vwo-hub/protocol/fullstack'
import { basesOf, changedUnits, withOthers } from '../../preview/changed-units.ts'
import type { UnitComparison } from '../../preview/preview-moves.ts'
import { partsOf } from '../judge/parts.ts'

export type Campaign = SettingsFile['campaigns'][number]

/** A campaign that may decide otherwise than before. */
export interface Comparison extends UnitComparison<Campaign> {
  /** Those that exclude it, on each side. */
  readonly others: { readonly before: readonly Campaign[]; readonly after: readonly Campaign[] }
}

/**
 * Finds the campaigns that have to be compared: those that are not the same to the letter together with all that a
 * decision depends on.
 */
export function planComparisons(previous: SettingsFile, next: SettingsFile): Comparison[] {
  return changedUnits(sidesOf(previous), sidesOf(next)).map(({ key, kind, from, to }) => ({
    ...{ key, kind, before: from?.campaign, after: to?.campaign },
    others: { before: from?.others ?? [], after: to?.others ?? [] },
  }))
}

/**
 * The same settings-file with these campaigns, and with those that exclude them, alone: they decide as before, and each
 * decision of the SDK costs what all campaigns cost that it has to go through.
 */
export function withOnly(file: SettingsFile, keys: ReadonlySet<string>): SettingsFile {
  const parts = partsOf(file)
  const own = file.campaigns.flatMap(({ key }, place) =>
    parts.isFirst[place] === true && keys.has(key) ? [place] : [],
  )
  const kept = withOthers(parts, own)
  return { ...file, campaigns: file.campaigns.filter((_, place) => kept.has(place)) }
}

/**
 * Each campaign by its key, and what decisions for it depend on as one text: itself, how users are bucketed, and its
 * group with the other members.
 *
 * @see vwo-node-sdk 1.73.0 `lib/core/BucketingService.js`, `lib/utils/DecisionUtil.js`
 */
function sidesOf(file: SettingsFile) {
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
  return basesOf(partsOf(decisive), campaigns, (campaign, others) => ({ campaign, others }))
}
