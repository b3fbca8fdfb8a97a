import { setImmediate as nextTurn } from 'node:timers/promises'
import { within } from '../../within.ts'
import type { SdkRequest } from '../sdk-models.ts'
import { MOST_AT_ONCE, type Transport } from './transport.ts'

/** What became of events, since the client was made. */
export interface EventCounts {
  /** Have arrived. */
  readonly sent: number
  /** The collector does not want them. */
  readonly refused: number
  /** Given up: there were too many, they were too old, or the client was closed. */
  readonly dropped: number
  /** Wait, or are on their way. */
  readonly waiting: number
}

/** Sends requests of the SDK with events, however the collector does. */
export interface EventSender {
  /**
   * Sends now, or later where the collector does not answer.
   *
   * @returns Why it was given up; `undefined` when it has arrived. Never rejects.
   */
  send(request: SdkRequest): Promise<Error | undefined>
  counts(): EventCounts
  /**
   * Waits for what is there, and tries at once what was to be tried later. Settles within the limit.
   *
   * @returns How many events have not arrived then.
   */
  settle(timeoutMs: number): Promise<number>
  /** Gives up what waits. What comes after is sent all the same, while the collector answers. */
  close(): void
}

export interface SenderTimes {
  /** How long one attempt may take, in milliseconds. Default 10000. */
  readonly attemptMs?: number
  /** The pause after the first failure, in milliseconds; it doubles with each in a row. Default 1000. */
  readonly firstPauseMs?: number
  /** The longest pause, in milliseconds. Default 60000. */
  readonly longestPauseMs?: number
  /** How long an event is worth trying, in milliseconds. Default 600000. */
  readonly giveUpMs?: number
}

/** What waits at most. A request of one event takes the app some 7 kB of memory, of which about 1 kB is text. */
const MOST_REQUESTS = 10_000
const MOST_BYTES = 16 * 1024 * 1024

interface Item {
  readonly request: SdkRequest
  readonly events: number
  readonly bytes: number
  readonly since: number
  readonly done: (failure?: Error) => void
}

/** @param onTrouble - Told when the collector stops answering, refuses events, or too many wait. */
export function createEventSender(
  transport: Transport,
  onTrouble: (what: string, error: Error) => void,
  times: SenderTimes = {},
): EventSender {
  const { attemptMs = 10_000, firstPauseMs = 1000, longestPauseMs = 60_000, giveUpMs = 600_000 } = times
  const waiting: Item[] = []
  const onTheirWay = new Set<Item>()
  const total = { sent: 0, refused: 0, dropped: 0 }
  let bytes = 0
  /** Failures in a row. */
  let failures = 0
  /** How many are sent at once while nothing fails: half as many after each pause, and more again with each answer. */
  let atOnce = MOST_AT_ONCE
  let pause: NodeJS.Timeout | undefined
  let isClosed = false
  /** Told when nothing is left. */
  let whenEmpty: (() => void)[] = []

  const count = (): number => [...waiting, ...onTheirWay].reduce((sum, { events }) => sum + events, 0)

  function finish(item: Item, became: keyof typeof total, failure?: Error): void {
    bytes -= item.bytes
    total[became] += item.events
    item.done(failure)
    if (waiting.length + onTheirWay.size > 0) return
    for (const tell of whenEmpty) tell()
    whenEmpty = []
  }

  function drop(item: Item, why: string): void {
    const failure = new Error(why)
    finish(item, 'dropped', failure)
    onTrouble('Dropped events', failure)
  }

  /** As many at once as the collector takes: while it does not answer, one, and after a pause. */
  function pump(): void {
    const most = failures === 0 ? atOnce : 1
    while (pause === undefined && onTheirWay.size < most) {
      const item = waiting.shift()
      if (item === undefined) return
      if (performance.now() - item.since > giveUpMs) drop(item, `not arrived within ${giveUpMs} ms`)
      else void attempt(item)
    }
  }

  async function attempt(item: Item): Promise<void> {
    onTheirWay.add(item)
    let failure: Error | undefined
    let status = 0
    try {
      status = (await transport('POST', item.request, attemptMs)).status
      if (status < 200 || status > 299) failure = new Error(`the collector answers ${status}`)
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error))
    }
    onTheirWay.delete(item)
    if (failure === undefined) {
      recover()
      finish(item, 'sent')
    } else if (isFinal(status)) {
      recover()
      finish(item, 'refused', failure)
      onTrouble('Cannot send events', failure)
    } else if (isClosed) {
      finish(item, 'dropped', failure)
    } else {
      waiting.unshift(item)
      rest(failure)
    }
    pump()
  }

  function recover(): void {
    failures = 0
    atOnce = Math.min(atOnce + 1, MOST_AT_ONCE)
  }

  function rest(failure: Error): void {
    if (pause !== undefined) return
    onTrouble('Cannot send events for now', failure)
    const pauseMs = Math.min(firstPauseMs * 2 ** failures, longestPauseMs) * (0.75 + Math.random() / 2)
    failures += 1
    atOnce = Math.ceil(atOnce / 2)
    pause = setTimeout(resume, pauseMs)
    // A process is not kept alive by a collector that does not answer; `settle`, which the client's `close` waits for, tries once more.
    pause.unref()
  }

  function resume(): void {
    clearTimeout(pause)
    pause = undefined
    pump()
  }

  return {
    send: (request) =>
      new Promise((done) => {
        const { body, headers } = request.getOptions()
        const item: Item = {
          request,
          done,
          events: eventsIn(body),
          bytes: Number(headers?.['Content-Length'] ?? 0),
          since: performance.now(),
        }
        bytes += item.bytes
        const isTooMany = waiting.length >= MOST_REQUESTS || bytes > MOST_BYTES
        if (isTooMany || (isClosed && pause !== undefined)) {
          drop(item, isClosed ? 'the client is closed' : 'too many wait for the collector')
          return
        }
        waiting.push(item)
        pump()
      }),
    counts: () => ({ ...total, waiting: count() }),
    async settle(timeoutMs) {
      // Decisions hand over their events a moment after they are made.
      await nextTurn()
      resume()
      if (waiting.length + onTheirWay.size > 0) {
        await within(timeoutMs, new Promise<void>((resolve) => whenEmpty.push(resolve)))
      }
      return count()
    },
    close() {
      isClosed = true
      clearTimeout(pause)
      for (const item of waiting.splice(0)) finish(item, 'dropped', new Error('the client is closed'))
    },
  }
}

/** What trying again does not help. */
function isFinal(status: number): boolean {
  return status >= 300 && status < 500 && status !== 408 && status !== 429
}

function eventsIn(body: object | undefined): number {
  const { ev } = (body ?? {}) as { readonly ev?: unknown }
  return Array.isArray(ev) ? ev.length : 1
}
