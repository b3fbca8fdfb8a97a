import { subscribe } from 'node:diagnostics_channel'
import type { ClientRequest, IncomingMessage } from 'node:http'
import type { FlushResult } from './vwo-methods.ts'
import { within } from '../within.ts'

/**
 * How long a batch is waited for, in milliseconds. The SDK gives up after six attempts in half a minute, but never where a
 * server accepts and does not answer.
 */
const BATCH_TIMEOUT_MS = 60_000

/**
 * An instance of the SDK, as far as batches of events go.
 *
 * @see vwo-node-sdk 1.73.0 `lib/services/BatchEventsQueue.js`, `lib/services/UrlService.js`
 */
export interface SendsBatches {
  /** One object for all instances of a copy of the SDK. */
  UrlService?: { collectionPrefix: string | undefined }
  /** Only where the launch options have `batchEvents`. */
  batchEventsQueue?: {
    queue: unknown[]
    eventsPerRequest: number
    flushAndClearTimer(): void
    dispatcher(events: unknown[], callback: (error: unknown, events: string) => void): void
  }
}

/** The batches of one client, over all instances that it launches. */
export interface EventBatches {
  /**
   * Sees when each batch of the instance is done: the SDK's own `flushEvents` may hear another instance's, or nothing at
   * all. And sends it to where its events belong: the SDK reads the prefix on sending, when it may be another launch's.
   */
  follow(instance: SendsBatches, collectionPrefix: string | undefined): void
  /** Sends what an instance has queued, and at once what calls that are still in flight will queue. */
  retire(instance: SendsBatches | undefined): void
  /** How many events are sent, and not yet done or given up. */
  onTheirWay(): number
  /** Sends what is queued, and settles when all is done, or at the limit. */
  flush(instance: SendsBatches | undefined, timeoutMs: number): Promise<FlushResult>
}

let areAnswersShielded = false

/**
 * The SDK reads what comes with any other success than 200 as JSON, where nobody catches what that throws: an empty 204
 * would end the process. It gets to see a 200 instead, which it takes for what it is: sent.
 *
 * @see vwo-node-sdk 1.73.0 `lib/utils/BatchEventsDispatcher.js`
 */
function shieldAnswers(): void {
  if (areAnswersShielded) return
  areAnswersShielded = true
  // Node tells here of each response before the one who has asked for it.
  subscribe('http.client.response.finish', (message) => {
    const { request, response } = message as { request: ClientRequest; response: IncomingMessage }
    const { statusCode = 0 } = response
    const isBatch = request.path.includes('/server-side/batch-events?')
    if (isBatch && statusCode > 200 && statusCode < 300) response.statusCode = 200
  })
}

/** @param onError - Told why a batch could not even be sent. */
export function createEventBatches(onError: (error: unknown) => void): EventBatches {
  /** How many events each of them has. */
  const pending = new Map<Promise<boolean>, number>()

  function follow({ batchEventsQueue: queue, UrlService: urls }: SendsBatches, prefix?: string): void {
    // Without a queue, too, the SDK sends a batch: of a goal of several campaigns, of several tags at once.
    shieldAnswers()
    if (queue === undefined) return
    const dispatch = queue.dispatcher
    queue.dispatcher = (events, callback) => {
      const present = urls?.collectionPrefix
      if (urls !== undefined) urls.collectionPrefix = prefix
      const answered = new Promise<boolean>((resolve) => {
        dispatch(events, (error, sent) => {
          callback(error, sent)
          resolve(!error)
        })
      }).catch((error: unknown) => {
        onError(error)
        return false
      })
      const dispatched = within(BATCH_TIMEOUT_MS, answered, { isAwaited: false }).then(
        (isSent) => isSent ?? false,
      )
      if (urls !== undefined) urls.collectionPrefix = present
      pending.set(dispatched, events.length)
      void dispatched.then(() => pending.delete(dispatched))
    }
  }

  function retire(instance: SendsBatches | undefined): void {
    const queue = instance?.batchEventsQueue
    if (queue === undefined) return
    queue.eventsPerRequest = 1
    if (queue.queue.length > 0) queue.flushAndClearTimer()
  }

  async function flush(instance: SendsBatches | undefined, timeoutMs: number): Promise<FlushResult> {
    const queue = instance?.batchEventsQueue
    const isEmpty = queue === undefined || queue.queue.length === 0
    if (!isEmpty) queue.flushAndClearTimer()
    if (pending.size === 0) {
      const message = isEmpty
        ? 'Batch queue is empty. Nothing to flush.'
        : 'Development mode: nothing is sent.'
      return { status: !isEmpty, message }
    }
    const results = await within(timeoutMs, Promise.all(pending.keys()))
    if (results === undefined)
      return { status: false, message: `Batch call is not finished after ${timeoutMs} ms` }
    return results.every(Boolean)
      ? { status: true, message: 'Batch call sent to VWO' }
      : { status: false, message: 'Batch call could not be processed' }
  }

  return {
    follow,
    retire,
    onTheirWay: () => [...pending.values()].reduce((sum, count) => sum + count, 0),
    flush,
  }
}
