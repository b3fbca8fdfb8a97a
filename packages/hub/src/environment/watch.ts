import { setTimeout as delay } from 'node:timers/promises'
import { messageOf } from '../errors.ts'
import { type AuditEntry, readAuditAfter } from './audit-log.ts'
import type { Place } from './place.ts'
import { type Propagation, readNodes } from './read-nodes.ts'
import { type EnvironmentStatus, readStatus } from './read-status.ts'

/** How often is looked, in milliseconds. */
const LOOK_MS = 500
/** So many events from before are told at the beginning. */
const EARLIER = 5

/** One look at an environment. */
export type Look =
  | {
      readonly kind: 'seen'
      readonly status: EnvironmentStatus
      readonly propagation: Propagation
      /** The events since the look before, oldest first. */
      readonly news: readonly AuditEntry[]
    }
  /** Redis did not answer; it is asked again. */
  | { readonly kind: 'lost'; readonly reason: string }

/**
 * Looks at an environment again and again, until the signal ends it.
 *
 * @yields Every look, the first one with a few events from before.
 */
export async function* watchEnvironment(place: Place, signal: AbortSignal): AsyncGenerator<Look> {
  let last: string | undefined
  while (!signal.aborted) {
    try {
      const status = await readStatus(place)
      const propagation = await readNodes(place)
      const news =
        last === undefined ? status.audit.slice(0, EARLIER).toReversed() : await readAuditAfter(place, last)
      last = news.at(-1)?.id ?? last ?? '0-0'
      yield { kind: 'seen', status, propagation, news }
    } catch (error) {
      if (signal.aborted) return
      yield { kind: 'lost', reason: messageOf(error) }
    }
    await delay(LOOK_MS, undefined, { signal }).catch(() => {})
  }
}
