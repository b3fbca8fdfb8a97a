import { HubError, messageOf } from '../errors.ts'
import { isOfRedis } from '../environment/answers.ts'
import type { AuditEntry } from '../environment/audit-log.ts'
import type { Log } from '../log/log.ts'
import type { Environment } from '../environment/environment.ts'
import type { AttemptResult } from './attempt.ts'

/** How often the audit is told of one reason, as long as a hub gets no good answer itself, in milliseconds. */
const TELL_AGAIN_MS = 3_600_000
/** How long another hub has to tell that what it told of is over, in milliseconds. */
const OTHERS_MS = 3000
/** Distinct reasons that are remembered of one series of failures. */
const REASONS_KEPT = 100

/** What the last fetch of this hub came to. */
export interface LastFetch {
  readonly at: string
  readonly result: AttemptResult['result'] | HubError['code']
  /** Why it failed; empty when it did not. */
  readonly message: string
}

/** What this hub's fetches of one environment came to, told once per reason. */
export interface Failures {
  last(): LastFetch | undefined
  /** The last fetch of this hub failed. */
  isBehind(): boolean
  /** Since the last fetch that failed nobody has got a good answer. */
  isFailing(): boolean
  /** This hub has got a good answer. */
  succeeded(result: AttemptResult['result'], at: string): void
  /** Tells the log once per reason, not once per retry, and the audit not more often than that. */
  failed(failure: HubError, at: string): Promise<void>
  /** Some hub has got a good answer; when, by Redis' clock. */
  answered(checkedAt: string | undefined): void
}

/** @param othersMs - So long another hub has to tell that what it told of is over, in milliseconds. @default 3000 */
export function createFailures(
  { note, read }: Pick<Environment, 'note'> & { readonly read: Pick<Environment['read'], 'auditAfter'> },
  log: Log,
  othersMs = OTHERS_MS,
): Failures {
  const state = {
    last: undefined as LastFetch | undefined,
    /** Why fetches failed since any hub got a good answer. */
    reasons: new Set<string>(),
    /** What the audit has been told of since this hub got one, and when. */
    told: new Map<string, number>(),
    /** Who has told the audit, which has not been told yet that it is over. */
    toldBy: undefined as 'this' | 'another' | undefined,
    /** That it is over, and when to look whether the hub has said so that had told of it. */
    over: undefined as { readonly summary: string; readonly at: number } | undefined,
  }

  /** What all hubs have told of failures lately, and of their end, the oldest first. */
  async function toldLately(): Promise<readonly AuditEntry[]> {
    const since = Date.parse(state.last?.at ?? '') - TELL_AGAIN_MS
    // An hour in Redis' time: a hub's own clock may be wrong.
    const entries = await read.auditAfter(`${Math.max(0, since || 0)}-0`).catch(() => [])
    return entries.filter(({ what }) => ['failed', 'refused', 'recovered'].includes(what))
  }

  /** Each hub fails of the same: one has told it, for all of them. */
  async function hasAnotherTold(failure: HubError): Promise<boolean> {
    const entries = await toldLately()
    const current = entries.slice(entries.findLastIndex(({ what }) => what === 'recovered') + 1)
    const reason = reasonKeyOf(failure)
    return current.some(({ summary }) => reasonKeyOf({ code: failure.code, message: summary }) === reason)
  }

  /** The hub that told of it may be no more. */
  async function tellForAnother(): Promise<void> {
    if (state.over === undefined || performance.now() < state.over.at) return
    const { summary } = state.over
    state.over = undefined
    const last = (await toldLately()).at(-1)
    if (last !== undefined && last.what !== 'recovered') await note({ what: 'recovered', summary })
  }

  /** What is published is so whether or not the audit can be told that VWO is well again. */
  function reportRecovery({ result, message }: LastFetch): void {
    if (state.reasons.size === 0) return
    state.reasons.clear()
    const summary = `${RECOVERED[result] ?? 'VWO answers well again'}, after: ${message}`
    log.info(summary)
    if (state.toldBy === 'this') note({ what: 'recovered', summary }).catch(() => {})
    if (state.toldBy === 'another') state.over = { summary, at: performance.now() + othersMs }
    state.toldBy = undefined
  }

  return {
    last: () => state.last,
    isBehind: () => state.last !== undefined && state.last.message !== '',
    isFailing: () => state.reasons.size > 0,
    succeeded(result, at) {
      const before = state.last
      state.last = { at, result, message: '' }
      if (before !== undefined) reportRecovery(before)
      state.told.clear()
    },
    async failed(failure, at) {
      state.last = { at, result: failure.code, message: failure.message }
      const reason = reasonKeyOf(failure)
      if (state.reasons.has(reason)) return
      if (state.reasons.size >= REASONS_KEPT) state.reasons.clear()
      state.reasons.add(reason)
      if (failure.code === 'internal') log.error({ err: failure }, 'the hub itself failed')
      else log.warn({ err: failure }, 'refresh failed')
      // One hub that fails beside others that do not would fill the audit.
      if (performance.now() - (state.told.get(reason) ?? Number.NEGATIVE_INFINITY) < TELL_AGAIN_MS) return
      if (state.told.size >= REASONS_KEPT) state.told.clear()
      state.told.set(reason, performance.now())
      state.over = undefined
      if (await hasAnotherTold(failure)) {
        state.toldBy ??= 'another'
        return
      }
      state.toldBy = 'this'
      await note({
        what: failure.code === 'settings-refused' ? 'refused' : 'failed',
        summary: failure.message,
      })
    },
    answered(checkedAt) {
      tellForAnother().catch(() => {})
      if (state.last !== undefined && (checkedAt ?? '') > state.last.at) reportRecovery(state.last)
    },
  }
}

/** What is well again, where it was not VWO. */
const RECOVERED: Partial<Record<LastFetch['result'], string>> = {
  'redis-unreachable': 'settings are stored again',
  internal: 'the hub refreshes again',
}

/** Whatever an attempt fails with, by its code: Redis, or a fault of ours. */
export function asHubError(error: unknown, environment: string): HubError {
  if (error instanceof HubError) return error
  const why = messageOf(error)
  return isOfRedis(error)
    ? new HubError('redis-unreachable', `Cannot store settings: ${why}. The refresh is tried again.`, {
        cause: error,
      })
    : new HubError(
        'internal',
        `Cannot refresh "${environment}", by a fault of the hub itself: ${why}. The last good revision stays; the log has where it arose.`,
        { cause: error },
      )
}

/** Asking again soon does not mend it. */
export const needsPerson = ({ code }: HubError): boolean => code === 'vwo-refused' || code === 'internal'

/** An unreachable VWO has another address, port, status or duration with each retry. */
const reasonKeyOf = ({ code, message }: Pick<HubError, 'code' | 'message'>): string =>
  code === 'vwo-unreachable' ? message.replaceAll(/\d+/g, '#') : message
