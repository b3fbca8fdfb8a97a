/** Full jitter, at most a second: a thousand processes must not come back in the same instant. */
export function reconnectDelayMs(attempt: number): number {
  return Math.ceil(Math.random() * Math.min(1000, 50 * 2 ** Math.min(attempt, 10)))
}

/** A connection that has lasted so long, in milliseconds, was of use. */
const LASTED_MS = 10_000

/**
 * How long one connection waits before its next attempt to come back: ever longer, until one has lasted. ioredis begins anew at
 * each that is ready: what closes or refuses right after that would be connected to many times a second, for ever.
 */
export function reconnectPace(): () => number {
  let attempt = 0
  let triedAt = 0
  return () => {
    const now = performance.now()
    attempt = now - triedAt > LASTED_MS ? 1 : attempt + 1
    const delayMs = reconnectDelayMs(attempt)
    triedAt = now + delayMs
    return delayMs
  }
}
