import { nearestOf } from '@vwo-hub/protocol'
import type { Host } from '../product.ts'

/** How much of a key is told: it may be anything. */
const LONGEST = 100

/**
 * Tells of what the settings do not have. The SDK answers for it as for a user who is not part, so that a misspelling looks
 * like a decision, and tells VWO at each call.
 *
 * @param key - What was asked for. What is no text is not made one: an object may have none.
 * @param feature - Of a variable.
 */
export function tellMissing(
  host: Pick<Host, 'report'>,
  noun: 'feature' | 'event' | 'variable',
  key: unknown,
  known: Iterable<string>,
  feature?: string,
): void {
  const where = feature === undefined ? noun : `${noun} of ${JSON.stringify(feature)}`
  if (typeof key !== 'string') {
    const got = typeof key
    host.report(`unknown-${noun}`, `Cannot find ${where} by what is no text`, () => `got ${got}`)
    return
  }
  const asked = key.slice(0, LONGEST)
  const what = `${where}${feature === undefined ? '' : ':'} ${JSON.stringify(asked)}`
  host.report(`unknown-${noun}`, `Cannot find ${what}`, () => {
    const nearest = nearestOf(asked, known)
    return nearest === undefined
      ? 'it is not in the settings in use'
      : `it is not in the settings in use. The nearest name is ${JSON.stringify(nearest)}`
  })
}
