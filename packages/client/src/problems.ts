import { ClientError, messageOf, type ClientErrorCode } from './errors.ts'
import type { Log } from './log.ts'

/** How often each fault of the app's own functions and calls is told at most, in milliseconds. */
const OWN_FAULT_MS = 60_000
/** How many of them are remembered: an app may ask for any key. */
const OWN_FAULTS = 1000

/** What is one problem for as long as it lasts: an outage has another reason with each attempt to connect. */
const LASTING: ReadonlySet<ClientErrorCode> = new Set([
  'redis-unreachable',
  'hub-unreachable',
  'settings-missing',
])

/** What apps do wrong by themselves: functions that they give, and calls that they make. */
export type OwnFault =
  | 'callback-failed'
  | 'event-failed'
  | 'unknown-campaign'
  | 'unknown-goal'
  | 'unknown-variable'
  | 'unknown-feature'
  | 'unknown-event'
  | 'call-invalid'

/** Tells what is wrong, each problem once for as long as it lasts. */
export interface Problems {
  /** Tells a problem once, until it is another one or over. */
  report(error: unknown): void
  /**
   * Tells what the app's own functions and calls do wrong, once a minute: it may be with every call, and other words each
   * time.
   *
   * @param what - The beginning of a sentence; the reason follows.
   * @param findReason - Called only where it is told.
   */
  reportOwn(code: OwnFault, what: string, findReason: () => unknown): void
  /** The last one since Redis confirmed the settings in use. */
  last(): ClientError | undefined
  /** Redis has confirmed the settings in use: what comes now is another problem. */
  areOver(): void
}

/** @param options.isClosed - Nothing is reported any more then, but what the app's own functions do. */
export function createProblems(options: {
  readonly log: Log
  readonly emit: (error: ClientError) => void
  readonly isClosed: () => boolean
}): Problems {
  const { log, emit, isClosed } = options
  /** What was told last of each code; empty again when Redis confirms. */
  const told = new Map<string, string>()
  /** When each fault of the app's own functions and calls was told last, which Redis has no part in. */
  const toldOfApp = new Map<string, number>()
  let last: ClientError | undefined

  function isToldAlready(what: string): boolean {
    const now = performance.now()
    const isRecent = (at: number | undefined): boolean => at !== undefined && now - at < OWN_FAULT_MS
    if (isRecent(toldOfApp.get(what))) return true
    if (toldOfApp.size >= OWN_FAULTS) {
      for (const [each, at] of toldOfApp) if (!isRecent(at)) toldOfApp.delete(each)
      if (toldOfApp.size >= OWN_FAULTS) return true
    }
    toldOfApp.set(what, now)
    return false
  }

  return {
    report(error) {
      if (isClosed()) return
      const failure =
        error instanceof ClientError ? error : new ClientError('swap-failed', String(error), { cause: error })
      last = failure
      const news = LASTING.has(failure.code) ? failure.code : failure.message
      if (told.get(failure.code) === news) return
      if (failure.code === 'settings-missing') told.delete('redis-unreachable')
      told.set(failure.code, news)
      log.warn({ code: failure.code }, failure.message)
      emit(failure)
    },
    reportOwn(code, what, findReason) {
      if (isToldAlready(what)) return
      const reason = findReason()
      const failure = new ClientError(code, `${what}: ${messageOf(reason)}. Decisions go on.`, {
        cause: reason,
      })
      log.warn({ code, ...(reason instanceof Error && { err: reason }) }, failure.message)
      emit(failure)
    },
    last: () => last,
    areOver() {
      told.clear()
      last = undefined
    },
  }
}
