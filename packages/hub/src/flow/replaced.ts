import { setTimeout as sleep } from 'node:timers/promises'
import type { Environment } from '../environment/environment.ts'
import type { Log } from '../log/log.ts'

/** How long VWO is left before it is asked once more, in milliseconds. */
const PAUSE_MS = 2000
/** How often log and audit are told that answers were out of date, in milliseconds. */
const TELL_AGAIN_MS = 3_600_000

export interface ReplacedOptions {
  readonly store: Pick<Environment, 'note'>
  readonly log: Log
  /** @default 2000 */
  readonly replacedPauseMs?: number
  /** Called for each answer that was out of date. */
  readonly onOutdated?: () => void
}

/**
 * What VWO answers from need not agree with itself: an edge may have an old file for minutes. So what was replaced lately is
 * not believed on one answer.
 */
export interface Replaced {
  /** Waits until VWO is asked once more. */
  pause(signal: AbortSignal): Promise<void>
  /** Then it had something else than this. Told once in a while, and counted each time. */
  outdated(sha256: string): Promise<void>
}

export function createReplaced(options: ReplacedOptions): Replaced {
  const { store, log, replacedPauseMs = PAUSE_MS, onOutdated } = options
  let toldAt = Number.NEGATIVE_INFINITY

  return {
    pause: async (signal) => await sleep(replacedPauseMs, undefined, { signal }),
    async outdated(sha256) {
      onOutdated?.()
      if (performance.now() - toldAt < TELL_AGAIN_MS) return
      toldAt = performance.now()
      const summary =
        'VWO answered with what had been replaced lately, and when asked once more with something else: its edges do not agree'
      log.warn({ sha256 }, summary)
      await store.note({ what: 'outdated', summary, sha256 })
    },
  }
}
