import type { Log } from '../log/log.ts'

/** A loop that cannot go on because of Redis. */
export interface Standstill {
  /** A Redis that is away is told by its connection. One that answers, and refuses, would go unseen. */
  stopped(error: unknown): void
  over(): void
}

export function createStandstill(log: Log): Standstill {
  /** What Redis refused last; empty when it did not. */
  let refusal = ''
  return {
    stopped(error) {
      const isRefused = error instanceof Error && error.name === 'ReplyError'
      if (isRefused && error.message !== refusal) {
        refusal = error.message
        log.error({ reason: refusal }, 'Redis refuses what a refresh needs; it is tried again every second')
      } else log.debug({ err: error }, 'refresh waits for Redis')
    },
    over() {
      refusal = ''
    },
  }
}
