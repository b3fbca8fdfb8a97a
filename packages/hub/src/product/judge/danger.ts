/**
 * What an SDK takes, and harms its app by, of whichever product.
 *
 * @module
 */

/** One segment of a path, as hosts name their regions: `eu01`. */
const pathSegment = /^[\w-]{0,63}$/

/**
 * A choice among variations, or among the campaigns of a group, counts all of them at each one; with a thousand it takes
 * an app some milliseconds, for each user.
 *
 * @see vwo-node-sdk 1.73.0 `lib/core/BucketingService.js` `_getVariation`
 */
export const MOST_CHOICES = 1000

/** Where the events of an app's users would go: `eu01` as a part of the path, and nothing that leads elsewhere. */
export function findStrayPrefix(collectionPrefix: unknown): string | undefined {
  if (typeof collectionPrefix !== 'string' || pathSegment.test(collectionPrefix)) return undefined
  return 'collectionPrefix: expected up to 63 letters, digits, "_" and "-", got something else'
}

export function findLongChoice(campaigns: readonly unknown[]): string | undefined {
  for (const [index, campaign] of campaigns.entries()) {
    const variations = (campaign as { variations?: unknown } | null)?.variations
    if (!Array.isArray(variations) || variations.length <= MOST_CHOICES) continue
    return `campaigns[${index}].variations: expected at most ${MOST_CHOICES}, got ${variations.length}`
  }
  return undefined
}
