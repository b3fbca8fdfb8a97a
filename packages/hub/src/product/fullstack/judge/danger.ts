import type { SettingsFile } from '@vwo-hub/protocol/fullstack'
import { plainText } from '../../../text/plain-text.ts'

/** One segment of a path, as hosts name their regions: `eu01`. */
const pathSegment = /^[\w-]{0,63}$/

/**
 * A decision for a group goes through all campaigns for each one that the group lists. Ten million looks take an app the
 * tenth of a second, for each user.
 */
const MOST_LOOKS = 10_000_000
/**
 * A choice among variations, or among the campaigns of a group, counts all of them at each one; with a thousand it takes
 * an app some milliseconds, for each user.
 *
 * @see vwo-node-sdk 1.73.0 `lib/core/BucketingService.js` `_getVariation`
 */
const MOST_CHOICES = 1000

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
  return Array.isArray(campaigns)
    ? (findLongChoice(campaigns) ?? findLongGroup(campaigns.length, groups))
    : undefined
}

function findLongChoice(campaigns: readonly unknown[]): string | undefined {
  for (const [index, campaign] of campaigns.entries()) {
    const variations = (campaign as { variations?: unknown } | null)?.variations
    if (!Array.isArray(variations) || variations.length <= MOST_CHOICES) continue
    return `campaigns[${index}].variations: expected at most ${MOST_CHOICES}, got ${variations.length}`
  }
  return undefined
}

function findLongGroup(campaigns: number, groups: unknown): string | undefined {
  if (typeof groups !== 'object' || groups === null) return undefined
  const most = Math.min(MOST_CHOICES, Math.floor(MOST_LOOKS / Math.max(1, campaigns)))
  for (const [id, group] of Object.entries(groups)) {
    const listed: unknown = (group as { campaigns?: unknown } | null)?.campaigns
    if (!Array.isArray(listed) || listed.length <= most) continue
    return `groups[${JSON.stringify(plainText(id, 60))}].campaigns: expected at most ${most} beside ${campaigns} campaigns, got ${listed.length}`
  }
  return undefined
}
