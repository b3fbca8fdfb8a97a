import { reasonOf } from '../../environment/answers.ts'
import type { Log } from '../../log/log.ts'

/** How often an outage that goes on is told again, in milliseconds. */
const TELL_AGAIN_MS = 60_000
/** Distinct reasons that are told of one outage. */
const REASONS_KEPT = 10

interface Outage {
  readonly reasons: Set<string>
  /** Webhooks since it began. */
  count: number
  toldAt: number
}

/** Tells of webhooks that Redis cannot take: an outage is a few lines, however many webhooks come. */
export interface OutageLog {
  refused(environment: string, error: unknown): void
  accepted(environment: string): void
}

/** A line for each reason, then one a minute with a count while it goes on, and one at its end. */
export function createOutageLog(log: Log): OutageLog {
  const outages = new Map<string, Outage>()
  return {
    refused(environment, error) {
      const reason = reasonOf(error)
      const outage = outages.get(environment) ?? { reasons: new Set(), count: 0, toldAt: 0 }
      outages.set(environment, outage)
      outage.count += 1
      const isNews = !outage.reasons.has(reason) && outage.reasons.size < REASONS_KEPT
      if (!isNews && performance.now() - outage.toldAt < TELL_AGAIN_MS) return
      if (isNews) outage.reasons.add(reason)
      log.warn({ environment, reason, count: outage.count }, 'webhooks not accepted')
      outage.toldAt = performance.now()
    },
    accepted(environment) {
      const outage = outages.get(environment)
      if (outage === undefined) return
      outages.delete(environment)
      log.info({ environment, count: outage.count }, 'webhooks are accepted again')
    },
  }
}
