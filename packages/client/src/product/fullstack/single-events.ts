import { subscribe } from 'node:diagnostics_channel'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { toUSVString } from 'node:util'
import { within } from '../within.ts'

type Callback = (error: unknown, response: unknown) => void

/**
 * An instance of the SDK, as far as events go that it sends one by one.
 *
 * @see vwo-node-sdk 1.73.0 `lib/services/EventQueue.js`, `lib/utils/EventDispatcherUtil.js`
 */
export interface SendsEvents {
  eventQueue?: {
    process(
      config: { readonly isDevelopmentMode?: boolean } | undefined,
      properties: { en?: string; r?: unknown; readonly random?: number },
      instance: unknown,
      more?: { readonly payload?: unknown; readonly responseCallback?: Callback | undefined },
    ): void
  }
}

/** The events that one client sends without batches, over all instances that it launches. */
export interface SingleEvents {
  /** Sees when each event of the instance has arrived, or is given up by the SDK. */
  follow(instance: SendsEvents): void
  /** How many are on their way. */
  onTheirWay(): number
  /** Resolves when those have arrived that are on their way, or after the limit. */
  settle(timeoutMs: number): Promise<void>
}

/** What has to be done when an event has arrived, by the random number that the SDK gives it. */
const onArrival = new Map<string, () => void>()
let isWatching = false

/**
 * The SDK tells nobody of an event that has arrived where the body of the answer is no JSON. Node tells here of each answer
 * that the process gets.
 */
function watchAnswers(): void {
  if (isWatching) return
  isWatching = true
  subscribe('http.client.response.finish', (message) => {
    if (onArrival.size === 0) return
    const { request, response } = message as { request: ClientRequest; response: IncomingMessage }
    const { statusCode = 0 } = response
    const random = /[?&]random=([^&]+)/.exec(request.path)?.[1]
    if (random !== undefined && statusCode >= 200 && statusCode < 300) onArrival.get(random)?.()
  })
}

/** Without what Node refuses in a URL. */
const inUrl = (text: string): string =>
  text.replaceAll(/[^\x21-\x7e]+/g, (odd) => encodeURIComponent(toUSVString(odd)))

export function createSingleEvents(): SingleEvents {
  const pending = new Set<Promise<void>>()

  function follow({ eventQueue: queue }: SendsEvents): void {
    if (queue === undefined) return
    watchAnswers()
    const send = queue.process.bind(queue)
    queue.process = (config, properties, instance, { payload, responseCallback } = {}) => {
      // The SDK writes names and values into a URL as they are, in a promise that nobody hears: a space in a goal's identifier
      // would end the process, and one in what a conversion is worth would lose it.
      if (properties.en !== undefined) properties.en = encodeURIComponent(properties.en)
      if (typeof properties.r === 'string') properties.r = inUrl(properties.r)
      if (config?.isDevelopmentMode === true) {
        send(config, properties, instance)
        // Nothing is sent, and nobody would tell the one who waits for it.
        queueMicrotask(() => responseCallback?.(null, null))
        return
      }
      const done = begin(String(properties.random))
      try {
        send(config, properties, instance, {
          payload,
          responseCallback: (error, response) => {
            done()
            responseCallback?.(error, response)
          },
        })
      } catch (error) {
        done()
        throw error
      }
    }
  }

  /** @returns Ends it: the event has arrived, or the SDK has given it up. */
  function begin(random: string): () => void {
    let end: () => void = () => {}
    const ended = new Promise<void>((resolve) => (end = resolve))
    const done = (): void => {
      pending.delete(ended)
      onArrival.delete(random)
      end()
    }
    pending.add(ended)
    onArrival.set(random, done)
    return done
  }

  return {
    follow,
    onTheirWay: () => pending.size,
    async settle(timeoutMs) {
      if (pending.size > 0) await within(timeoutMs, Promise.all(pending))
    },
  }
}
