/** The longest that a timer can wait, in milliseconds; with one more it fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/**
 * Has the SDK make a client that polls for nothing and keeps no process alive. Polling cannot be turned off: it is told the
 * longest interval that there is, and while it makes the client, which it does at once where settings are given, the timer of
 * just that length is taken away again. The interval of a queue does not keep the process alive either.
 *
 * @see vwo-fme-node-sdk 1.35.0 `lib/VWOBuilder.ts` `checkAndPoll`, `lib/services/BatchEventsQueue.ts`
 */
export function startQuietly(init: (pollInterval: number) => Promise<unknown>): {
  readonly started: Promise<unknown>
  readonly stopTimers: () => void
} {
  const { setTimeout, setInterval } = globalThis
  const intervals: NodeJS.Timeout[] = []
  globalThis.setTimeout = ((run: () => void, ms?: number, ...rest: []) => {
    const timer = setTimeout(run, ms, ...rest)
    if (ms === LONGEST_TIMER_MS) clearTimeout(timer)
    return timer
  }) as typeof setTimeout
  globalThis.setInterval = (run: () => void, ms?: number, ...rest: []) => {
    const timer = setInterval(run, ms, ...rest)
    timer.unref()
    intervals.push(timer)
    return timer
  }
  try {
    return {
      started: init(LONGEST_TIMER_MS),
      stopTimers: () => intervals.forEach((timer) => clearInterval(timer)),
    }
  } finally {
    Object.assign(globalThis, { setTimeout, setInterval })
  }
}
