/** The longest wait before VWO is asked again while it cannot be reached or has nothing new, in milliseconds. */
const LONGEST_MS = 5000
/** The same while VWO refuses the account or the key: only a person can change that. */
const LONGEST_REFUSED_MS = 30_000
const FIRST_MS = 250

/**
 * How long no hub asks VWO again after fetches that brought nothing, in milliseconds. It is what makes both a
 * broken VWO and a storm of needless webhooks cheap: a change always ends the series, and so does a quiet time.
 *
 * @param fruitless - Fetches in a row that failed or brought nothing new, this one included.
 */
export function delayAfter(
  outcome: 'unchanged' | 'failed' | 'refused',
  fruitless: number,
  random: () => number = Math.random,
): number {
  const longest = outcome === 'refused' ? LONGEST_REFUSED_MS : LONGEST_MS
  const delayMs = Math.min(longest, FIRST_MS * 2 ** Math.min(fruitless - 1, 16))
  // Failures are jittered over the upper half, so that hubs of many clusters do not come back to VWO together.
  return outcome === 'unchanged' ? delayMs : delayMs * (0.5 + random() / 2)
}
