import { setTimeout as delay } from 'node:timers/promises'

/** Waits for the promise, but not longer than the bound; leaves no timer behind. */
export async function within(timeoutMs: number, promise: Promise<unknown>): Promise<void> {
  const timeout = new AbortController()
  await Promise.race([promise, delay(timeoutMs, undefined, { signal: timeout.signal }).catch(() => {})])
  timeout.abort()
}
