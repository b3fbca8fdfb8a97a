import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import { toUSVString } from 'node:util'
import { within } from '../../within.ts'
import type { FmeNetworkClient } from '../init-options.ts'
import type { SdkRequest, SdkResponse } from '../sdk-models.ts'

/** What came of one attempt. */
export interface Reply {
  readonly status: number
  /** The value of a body of JSON, else its text. */
  readonly data: unknown
  /** Whether the body is no JSON, where that is known. */
  readonly isText?: boolean
}

/** Makes one attempt. Rejects where there is no answer. */
export type Transport = (method: 'GET' | 'POST', request: SdkRequest, timeoutMs: number) => Promise<Reply>

/** An answer is read up to here, in bytes. */
const MOST_BYTES = 1024 * 1024
/**
 * Requests at once, and so connections to one host. Without batches every decision is a request or more, and as many are on
 * their way as are made within a round trip.
 */
export const MOST_AT_ONCE = 256

/** Over HTTP, with connections that are kept. */
export function createTransport(): Transport & { close(): void } {
  const options = { keepAlive: true, maxSockets: MOST_AT_ONCE }
  const agents = { http: new http.Agent(options), https: new https.Agent(options) }

  let isClosed = false

  /** @returns `undefined` where the other end had ended a connection that was idle. */
  function attempt(
    method: 'GET' | 'POST',
    request: SdkRequest,
    { signal, isNew = false }: { readonly signal: AbortSignal; readonly isNew?: boolean },
  ): Promise<Reply | undefined> {
    const { scheme, hostname, port, path = '/', headers, body } = request.getOptions()
    const [client, kept] = scheme === 'http' ? [http, agents.http] : [https, agents.https]
    const agent = isNew ? false : kept
    return new Promise((resolve, reject) => {
      const sent = client.request(
        { method, agent, signal, hostname, port, path: writable(path), headers: writableHeaders(headers) },
        (response) => {
          read(response).then(resolve, reject)
        },
      )
      sent.on('error', (error: NodeJS.ErrnoException) => {
        const isStale = sent.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE')
        if (isStale && !signal.aborted && !isClosed) resolve(undefined)
        else reject(error)
      })
      sent.end(body === undefined ? undefined : JSON.stringify(body))
    })
  }

  const transport: Transport = async (method, request, timeoutMs) => {
    if (isClosed) throw new Error('the client is closed')
    const signal = AbortSignal.timeout(timeoutMs)
    try {
      const reply =
        (await attempt(method, request, { signal })) ??
        (await attempt(method, request, { signal, isNew: true }))
      if (reply === undefined) throw new Error('expected an answer, got the end of the connection')
      return reply
    } catch (error) {
      throw signal.aborted ? new Error(`no answer within ${timeoutMs} ms`, { cause: error }) : error
    }
  }
  return Object.assign(transport, {
    close() {
      isClosed = true
      agents.http.destroy()
      agents.https.destroy()
    },
  })
}

/** By what the app has given as `network.client`. */
export function transportBy(client: FmeNetworkClient): Transport {
  return async (method, request, timeoutMs) => {
    const asked = (async () => client[method](request as never))()
    const response = (await within(timeoutMs, asked)) as Partial<SdkResponse> | undefined
    const status = response?.getStatusCode?.()
    if (status === undefined) throw new Error(`no answer of network.client within ${timeoutMs} ms`)
    const data = response?.getData?.()
    return { status, data, isText: typeof data === 'string' && parsed(data).isText === true }
  }
}

async function read(response: IncomingMessage): Promise<Reply> {
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of response as AsyncIterable<Buffer>) {
    bytes += piece.length
    if (bytes > MOST_BYTES) throw new Error(`expected an answer of at most ${MOST_BYTES} bytes`)
    pieces.push(piece)
  }
  return { status: response.statusCode ?? 0, ...parsed(Buffer.concat(pieces).toString()) }
}

function parsed(text: string): Pick<Reply, 'data' | 'isText'> {
  try {
    return { data: JSON.parse(text) }
  } catch {
    return { data: text, isText: true }
  }
}

/** The SDK writes names of events into a path as they are. */
function writable(path: string): string {
  return path.replace(/[^\x21-\x7e]+/g, (odd) => encodeURIComponent(toUSVString(odd)))
}

/** A user agent may have anything in it: Node refuses line breaks, and characters beyond a byte. */
function writableHeaders(
  headers: Readonly<Record<string, string | number>> = {},
): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      typeof value === 'string' ? value.replace(/[^\t\x20-\x7e\x80-\xff]+/g, ' ') : value,
    ]),
  )
}
