import type { SettingsFile } from '@vwo-hub/protocol/fullstack'
import { findLongChoice, findStrayPrefix, MOST_CHOICES } from '../../judge/danger.ts'
import { placeNamed } from '../../judge/unit-finding.ts'

/**
 * A decision for a group goes through all campaigns for each one that the group lists. Ten million looks take an app the
 * tenth of a second, for each user.
 */
const MOST_LOOKS = 10_000_000
/**
 * What an SDK launches with, and harms its app by: where the events of its users go, and decisions that take without
 * end.
 *
 * @param file - With a list of campaigns; otherwise with whatever in it.
 * @returns Why it is refused, with the place.
 */
export function findDanger(file: SettingsFile): string | undefined {
  const { collectionPrefix, campaigns, groups } = file as Readonly<Record<string, unknown>>
  const ofPrefix = findStrayPrefix(collectionPrefix)
  if (ofPrefix !== undefined) return ofPrefix
  return Array.isArray(campaigns)
    ? (findLongChoice(campaigns) ?? findLongGroup(campaigns.length, groups))
    : undefined
}

function findLongGroup(campaigns: number, groups: unknown): string | undefined {
  if (typeof groups !== 'object' || groups === null) return undefined
  const most = Math.min(MOST_CHOICES, Math.floor(MOST_LOOKS / Math.max(1, campaigns)))
  for (const [id, group] of Object.entries(groups)) {
    const listed: unknown = (group as { campaigns?: unknown } | null)?.campaigns
    if (!Array.isArray(listed) || listed.length <= most) continue
    return `${placeNamed('groups', id)}.campaigns: expected at most ${most} beside ${campaigns} campaigns, got ${listed.length}`
  }
  return undefined
}
