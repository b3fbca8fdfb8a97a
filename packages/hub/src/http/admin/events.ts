import type { Context } from 'hono'
import { streamSSE } from 'hono/streaming'
import { createWakeableSleep } from '../../flow/wakeable-sleep.ts'
import { failure } from '../failure.ts'
import type { EventName, Observer } from '../../operate/observe.ts'

/** How many may watch at once, over all environments of a hub. */
const MAX_LISTENERS = 200
/** A line is sent this often, in milliseconds, so that nobody in between takes the stream for dead. */
const HEARTBEAT_MS = 15_000
/** How often it is looked whether a listener may still listen, in milliseconds. */
const CHECK_MS = 15_000
/** After this many milliseconds a watcher has to come back, and to show again who it is. */
const LONGEST_MS = 3_600_000
/** How soon it comes back, in milliseconds. */
const RETRY_MS = 2000

/** The streams of one hub. */
export interface EventStreams {
  /**
   * Answers with a stream of server-sent events; with 503 when there are too many already.
   *
   * @param isAllowed - Asked again and again: the stream ends once it is false. Default: it is.
   */
  open(context: Context, observer: Observer, isAllowed?: () => Promise<boolean>): Response
  /** A session was ended, or the token is another one: ends at once those that are not allowed any more. */
  recheck(): void
  /** Ends all of them, and lets none begin any more. */
  close(): void
}

/**
 * Server-sent events. For each listener and each kind of event only the newest is kept until it is sent: whoever reads
 * slowly misses what is outdated, and takes no memory.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export function createEventStreams(
  limits: { readonly maxListeners?: number; readonly checkMs?: number | undefined } = {},
): EventStreams {
  const { maxListeners = MAX_LISTENERS, checkMs = CHECK_MS } = limits
  /** One for each open stream: ends it. */
  const ends = new Set<() => void>()
  const checks = new Set<() => Promise<void>>()
  let isClosing = false

  return {
    open(context, observer, isAllowed) {
      if (isClosing) return failure(context, 503, 'closing', 'This hub is closing.')
      if (ends.size >= maxListeners) {
        context.header('Retry-After', '10')
        const message = `Expected at most ${maxListeners} listeners at once. Close a page, or ask GET /v1/environments/… again and again instead.`
        return failure(context, 503, 'too-many-listeners', message)
      }
      // A proxy that collects answers would hold the events back.
      context.header('X-Accel-Buffering', 'no')
      const over = new AbortController()
      const news = createWakeableSleep()
      const end = (): void => {
        over.abort()
        news.wake()
      }
      ends.add(end)
      const response = streamSSE(context, async (stream) => {
        const pending = new Map<EventName, object>()
        stream.onAbort(end)
        const longest = setTimeout(end, LONGEST_MS)
        const check = async (): Promise<void> => {
          if ((await isAllowed?.()) === false) end()
        }
        checks.add(check)
        const checking = setInterval(() => void check(), checkMs)
        const unwatch = observer.watch(({ name, data }) => {
          pending.set(name, data)
          news.wake()
        })
        try {
          await stream.write(`retry: ${RETRY_MS}\n\n`)
          while (!over.signal.aborted) {
            news.begin()
            if (pending.size === 0) await news.sleep(HEARTBEAT_MS)
            if (over.signal.aborted) break
            if (pending.size === 0) await stream.write(':\n\n')
            for (const [event, data] of pending) {
              pending.delete(event)
              await stream.writeSSE({ event, data: JSON.stringify(data) })
            }
          }
        } finally {
          ends.delete(end)
          unwatch()
          clearTimeout(longest)
          clearInterval(checking)
          checks.delete(check)
        }
      })
      // A connection that is kept for more would hold up the listener's end.
      response.headers.set('Connection', 'close')
      return response
    },
    recheck() {
      for (const check of checks) void check()
    },
    close() {
      isClosing = true
      for (const end of ends) end()
    },
  }
}
