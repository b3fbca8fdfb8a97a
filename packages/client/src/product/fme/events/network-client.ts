import { setTimeout as delay } from 'node:timers/promises'
import type { SdkNetworkClient, SdkRequest, SdkResponse } from '../sdk-models.ts'
import type { EventSender } from './event-sender.ts'
import type { Reply, Transport } from './transport.ts'
import { askBesideTurn, doAfterTurn } from '../turns.ts'

/** How long a decision waits for a gateway service, in milliseconds. */
const GATEWAY_TIMEOUT_MS = 2000
/** After so long one that fails is asked again, in milliseconds, while there is time; the SDK by itself does so for 14 s. */
const GATEWAY_PAUSES_MS = [100, 400]
/** One that failed all the same is asked once for each question then, for so long, in milliseconds: a decision may ask many. */
const GATEWAY_GIVEN_UP_MS = 10_000
/** How often the SDK may tell VWO what it takes for a fault: it does so at each call. */
const DEBUG_EVENTS = 20
const DEBUG_WINDOW_MS = 60_000

const ALIASES = '/user-alias/'
/** What a decision asks a gateway service before it decides anything. */
const ASKED_FIRST = ['/get-user-details', ALIASES]

/**
 * What the SDK sends its requests through. Of events it is told that all have arrived: otherwise it sends them again with the
 * next, together with an event about the failure, which fails too.
 *
 * @see vwo-fme-node-sdk 1.60.0 `lib/services/BatchEventsQueue.ts`, `lib/utils/BatchEventsDispatcher.ts`
 */
export function createNetworkClient(options: {
  readonly transport: Transport
  readonly sender: EventSender
  /** Told what a gateway service does wrong. */
  readonly onGatewayError: (error: unknown) => void
  /** Told which batch of events, by its body, has not arrived. */
  readonly onLost: (body: object, failure: Error) => void
  readonly gatewayTimeoutMs?: number
}): SdkNetworkClient {
  const { transport, sender, onGatewayError, onLost, gatewayTimeoutMs = GATEWAY_TIMEOUT_MS } = options
  let gatewayGivenUpUntil = 0
  let debugEvents = 0
  let windowEnds = 0

  function isTooMuch(path: string): boolean {
    if (!path.includes('en=vwo_sdkDebug')) return false
    const now = performance.now()
    if (now >= windowEnds) {
      windowEnds = now + DEBUG_WINDOW_MS
      debugEvents = 0
    }
    debugEvents += 1
    return debugEvents > DEBUG_EVENTS
  }

  /** @throws What went wrong last, where it is not over in time. */
  async function replyOf(method: 'GET' | 'POST', request: SdkRequest): Promise<Reply> {
    const endsAt = performance.now() + gatewayTimeoutMs
    for (let attempt = 0; ; attempt += 1) {
      let failure: unknown
      try {
        const leftMs = Math.max(1, Math.ceil(endsAt - performance.now()))
        const reply = await transport(method, request, leftMs)
        if (reply.status < 500 && reply.status !== 429) {
          gatewayGivenUpUntil = 0
          return reply
        }
        failure = new Error(`the gateway service answers ${reply.status}`)
      } catch (error) {
        failure = error
      }
      const now = performance.now()
      const pauseMs = now < gatewayGivenUpUntil ? undefined : GATEWAY_PAUSES_MS[attempt]
      if (pauseMs === undefined || now + pauseMs >= endsAt) {
        gatewayGivenUpUntil = now + GATEWAY_GIVEN_UP_MS
        throw failure
      }
      await delay(pauseMs)
    }
  }

  async function askGateway(method: 'GET' | 'POST', request: SdkRequest): Promise<SdkResponse> {
    const isAlias = (request.getOptions().path ?? '').includes(ALIASES)
    try {
      const { status, data, isText } = await replyOf(method, request)
      if (status < 200 || status > 299) throw new Error(`the gateway service answers ${status}`)
      // The SDK takes any text for "is in the list".
      if (method === 'GET' && isText) throw new TypeError('expected JSON of the gateway service')
      if (method === 'GET' && isAlias && !Array.isArray(data))
        throw new TypeError('expected a list of aliases')
      return responseWith(status, data)
    } catch (error) {
      onGatewayError(error)
      // Decided by the id that the app has given; otherwise the flag would be off.
      if (method === 'GET' && isAlias) return responseWith(200, [])
      throw failedWith(error)
    }
  }

  async function send(request: SdkRequest): Promise<SdkResponse> {
    const { path = '', body } = request.getOptions()
    if (isTooMuch(path)) return responseWith(200, body)
    const failure = await sender.send(request)
    if (failure !== undefined && body !== undefined) onLost(body, failure)
    return responseWith(200, body)
  }

  return {
    GET: (request) => askBesideTurn(gatewayQuestion(request), () => askGateway('GET', request)),
    async POST(request) {
      const { path = '', body } = request.getOptions()
      if (path.includes(ALIASES)) return askGateway('POST', request)
      return doAfterTurn(() => void send(request)) ? responseWith(200, body) : send(request)
    },
  }
}

/** What a request asks a gateway service. */
function gatewayQuestion(request: SdkRequest): string {
  const { hostname = '', port = '', path = '' } = request.getOptions()
  return `gateway ${hostname}:${port}${path}`
}

/** Whether it is asked before a decision does anything. */
export function isAskedOfGatewayFirst(about: string): boolean {
  return about.startsWith('gateway ') && ASKED_FIRST.some((part) => about.includes(part))
}

/** Sends nothing, for the tests of apps. */
export const silentNetworkClient: SdkNetworkClient = {
  GET: async () => responseWith(200, []),
  POST: async (request) => responseWith(200, request.getOptions().body),
}

function responseWith(status: number, data: unknown, error?: unknown): SdkResponse {
  return {
    getStatusCode: () => status,
    getData: () => data,
    getError: () => error,
    getTotalAttempts: () => 0,
    getHeaders: () => ({}),
  }
}

/** As the SDK expects a failure: it writes what it is told as JSON, of an error nothing. */
function failedWith(error: unknown): SdkResponse {
  return responseWith(0, undefined, error instanceof Error ? error.message : String(error))
}
