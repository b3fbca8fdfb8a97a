import type { SettingsFile } from '@vwo-hub/protocol/fullstack'

/** One segment of a path, as hosts name their regions: `eu01`. */
const pathSegment = /^[\w-]{0,63}$/

/**
 * So many looks at a campaign a decision for a group may take: it goes through all campaigns for each one that the group
 * lists. Ten million take an app the tenth of a second, for each user.
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
  if (typeof collectionPrefix === 'string' && !pathSegment.test(collectionPrefix))
    return 'collectionPrefix: expected up to 63 letters, digits, "_" and "-", got something else'
  if (typeof groups !== 'object' || groups === null || !Array.isArray(campaigns)) return undefined
  const most = Math.floor(MOST_LOOKS / Math.max(1, campaigns.length))
  for (const [id, group] of Object.entries(groups)) {
    const listed: unknown = (group as { campaigns?: unknown } | null)?.campaigns
    if (!Array.isArray(listed) || listed.length <= most) continue
    return `groups[${JSON.stringify(id.slice(0, 60))}].campaigns: expected at most ${most} beside ${campaigns.length} campaigns, got ${listed.length}`
  }
  return undefined
}
