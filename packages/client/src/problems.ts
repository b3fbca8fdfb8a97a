import { ClientError, messageOf, type ClientErrorCode } from './errors.ts'
import type { ClientLog } from './options.ts'

/** How often each fault of the app's own functions and calls is told at most, in milliseconds. */
const OWN_FAULT_MS = 60_000

/** What is one problem for as long as it lasts: an outage has another reason with each attempt to connect. */
const LASTING: ReadonlySet<ClientErrorCode> = new Set(['redis-unreachable', 'settings-missing'])

/** Tells what is wrong, each problem once for as long as it lasts. */
export interface Problems {
  /** Tells a problem once, until it is another one or over. */
  report(error: unknown): void
  /** Tells what the app's own functions and calls do wrong: it may be with every call, and other words each time. */
  reportOwn(code: 'callback-failed' | 'event-failed', what: string, error: unknown): void
  /** Tells the log alone. */
  warn(fields: object, message: string): void
  /** Redis has confirmed the settings in use: what comes now is another problem. */
  areOver(): void
}

/** @param options.isClosed - Nothing is reported any more then, but what the app's own functions do. */
export function createProblems(options: {
  readonly log: ClientLog | undefined
  readonly emit: (error: ClientError) => void
  readonly isClosed: () => boolean
}): Problems {
  const { log, emit, isClosed } = options
  /** What was told last of each code; empty again when Redis confirms. */
  const told = new Map<string, string>()
  /** When each fault of the app's own functions and calls was told last, which Redis has no part in. */
  const toldOfApp = new Map<string, number>()

  function warn(fields: object, message: string): void {
    try {
      log?.warn(fields, message)
    } catch {
      // A log that throws has nobody to be told to but itself.
    }
  }

  return {
    warn,
    report(error) {
      if (isClosed()) return
      const failure =
        error instanceof ClientError ? error : new ClientError('swap-failed', String(error), { cause: error })
      const news = LASTING.has(failure.code) ? failure.code : failure.message
      if (told.get(failure.code) === news) return
      if (failure.code === 'settings-missing') told.delete('redis-unreachable')
      told.set(failure.code, news)
      warn({ code: failure.code }, failure.message)
      emit(failure)
    },
    reportOwn(code, what, error) {
      const at = performance.now()
      if (at - (toldOfApp.get(what) ?? Number.NEGATIVE_INFINITY) < OWN_FAULT_MS) return
      toldOfApp.set(what, at)
      const reason = messageOf(error)
      const failure = new ClientError(code, `${what}: ${reason}. Decisions go on.`, { cause: error })
      warn({ code, err: error }, failure.message)
      emit(failure)
    },
    areOver: () => told.clear(),
  }
}
