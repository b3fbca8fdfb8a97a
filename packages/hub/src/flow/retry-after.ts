/** The longest that VWO's wish to be left alone is obeyed, in milliseconds. */
export const LONGEST_RETRY_AFTER_MS = 600_000

/**
 * How long the header `Retry-After` asks to wait, in milliseconds; undefined where it does not say so. A date is
 * compared with the `Date` of the same answer, which the same clock has written; without one, with this host's clock.
 *
 * @see RFC 9110, 10.2.3: seconds, or a date.
 */
export function readRetryAfter(header: (name: string) => string | undefined): number | undefined {
  const value = header('retry-after')?.trim() ?? ''
  if (/^\d{1,10}$/.test(value)) return Number(value) * 1000
  // A date of HTTP begins with the day of the week: `Date.parse` takes much else.
  if (!/^[A-Z][a-z]{2}/.test(value)) return undefined
  const until = Date.parse(value)
  if (Number.isNaN(until)) return undefined
  const now = Date.parse(header('date') ?? '')
  return Math.max(0, until - (Number.isNaN(now) ? Date.now() : now))
}
