import { REVISION_AHEAD_MS } from '@vwo-hub/protocol'
import type { Redis } from 'ioredis'

/** Redis' clock, as far as this host knows it. */
export interface Clock {
  /** Redis' clock minus this host's, in milliseconds; 0 until known. */
  offsetMs(): number
  isKnown(): boolean
  /** Whether a revision is so far beyond Redis' clock, or this host's until that is known, that it cannot be. */
  isImpossible(revision: number): boolean
  /** Redis' clock was told, in Unix milliseconds, to a question that was asked at a time of this host's. */
  note(time: number, askedAt: number): void
}

export function createClock(): Clock {
  let offsetMs = 0
  /** How long the reading took that the offset is from: it is wrong by no more than half of it. */
  let accuracyMs = Number.POSITIVE_INFINITY
  return {
    offsetMs: () => offsetMs,
    isKnown: () => accuracyMs < Number.POSITIVE_INFINITY,
    isImpossible: (revision) => revision > Date.now() + offsetMs + REVISION_AHEAD_MS,
    note(time, askedAt) {
      const [least, most] = [time - Date.now(), time - askedAt]
      // A busy process reads the answer late. The best reading counts, until one contradicts it: then a clock was set.
      if (most - least < accuracyMs || offsetMs < least || offsetMs > most) {
        offsetMs = (least + most) / 2
        accuracyMs = most - least
      }
    },
  }
}

/** Reads Redis' clock. Rejects when Redis does not tell it: then this host's is as good as it gets. */
export async function readClock(redis: Pick<Redis, 'time'>, clock: Clock): Promise<void> {
  const askedAt = Date.now()
  const [seconds, microseconds] = await redis.time()
  clock.note(Number(seconds) * 1000 + Number(microseconds) / 1000, askedAt)
}
