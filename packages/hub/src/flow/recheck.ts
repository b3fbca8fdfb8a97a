import type { Trigger } from '@vwo-hub/protocol'
import type { Recheck } from '../environment/publish.ts'
import type { RefreshState } from '../environment/refresh-commands.ts'
import type { Log } from '../log/log.ts'

/** So long after the fetch before, in milliseconds: about 1, 3, 8 and 20 s after the one that a webhook caused. */
const GAPS_MS: readonly number[] = [1000, 2000, 5000, 12_000]
/** By so much of a gap one may be shorter or longer, so that what changes at one moment is not fetched at one moment. */
const JITTER = 0.15

/**
 * A webhook may be faster than what VWO answers from: where its fetch brings nothing new, some more follow. Redis keeps how
 * far the series is, so that it is one for all hubs, and outlives each of them. A webhook begins it anew; a change ends it.
 */
export interface Rechecks {
  /** What becomes of the series when this fetch brings nothing new; undefined: it stays as it is. */
  after(state: Pick<RefreshState, 'trigger' | 'rechecks'>): Recheck | undefined
  /** This fetch has brought nothing new. Told when a series begins, and when it ends in vain. */
  tell(state: Pick<RefreshState, 'rechecks'>, recheck: Recheck | undefined): void
}

/** @param options.gapsMs - From each fetch to the next, in milliseconds. Default about 1, 2, 5 and 12 s. */
export function createRechecks(
  log: Log,
  { gapsMs = GAPS_MS, random = Math.random }: { gapsMs?: readonly number[]; random?: () => number } = {},
): Rechecks {
  const inMs = (made: number): number =>
    Math.round((gapsMs[made] ?? 0) * (1 - JITTER + random() * 2 * JITTER))

  return {
    after({ trigger, rechecks = 0 }) {
      const made = ({ webhook: 0, recheck: rechecks + 1 } as Partial<Record<Trigger, number>>)[trigger]
      return made === undefined ? undefined : { made, inMs: inMs(made) }
    },
    tell({ rechecks }, recheck) {
      if (recheck === undefined) return
      if (recheck.inMs === 0)
        log.info({ rechecks: recheck.made }, 'nothing new after a webhook, and VWO was asked again')
      // Not for each webhook of a storm.
      else if (rechecks === undefined)
        log.info({ inMs: recheck.inMs }, 'nothing new after a webhook: VWO is asked again')
    },
  }
}
