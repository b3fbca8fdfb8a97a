import { setTimeout as delay } from 'node:timers/promises'

/**
 * Waits for a condition, looking often, and less so the longer it takes: what is waited for needs the processor, too.
 * Fails with what was seen last.
 *
 * @param look - What to look at.
 * @param isMet - Whether it is as it should be.
 * @param timeoutMs - Limit in milliseconds. Default 60000: a machine may be slow, and who waits in vain has failed anyway.
 */
export async function until<T>(
  look: () => T | Promise<T>,
  isMet: (seen: T) => boolean,
  timeoutMs = 60_000,
): Promise<T> {
  const startedAt = performance.now()
  for (;;) {
    const seen = await look()
    if (isMet(seen)) return seen
    const waitedMs = performance.now() - startedAt
    if (waitedMs > timeoutMs) {
      throw new Error(
        `Waited ${timeoutMs} ms for ${isMet.toString()}; saw ${JSON.stringify(seen)?.slice(0, 500)}`,
      )
    }
    await delay(Math.min(5 + waitedMs / 10, 250))
  }
}
