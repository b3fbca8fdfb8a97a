import { EventEmitter, once } from 'node:events'
import type { ServerResponse } from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { createCertificate } from './certificate.ts'

/** What the SDK has sent to VWO. */
export interface SentEvents {
  readonly path: string
  readonly account: string | null
  readonly authorization: unknown
  /** The address of the visitor. */
  readonly ip: unknown
  readonly body: string
}

/**
 * Stands in for VWO's endpoint for events, in this process: the SDK calls `https.request` with a host that it does not
 * let one choose.
 *
 * @param options.answers - Whether requests are answered; otherwise they are taken, and nothing comes back.
 */
export function takeEvents({ answers = true } = {}): {
  readonly sent: SentEvents[]
  [Symbol.dispose](): void
} {
  const real = { request: https.request, get: https.get }
  const sent: SentEvents[] = []

  const request = (
    { path, headers }: { path: string; headers?: Record<string, unknown> },
    onResponse: (response: EventEmitter) => void,
  ): unknown => {
    let body = ''
    return Object.assign(new EventEmitter(), {
      write: (part: string) => (body += part),
      end: () => {
        const { pathname, searchParams } = new URL(path, 'https://vwo.invalid')
        const account = searchParams.get('a') ?? searchParams.get('account_id')
        sent.push({
          path: pathname,
          account,
          authorization: headers?.Authorization,
          ip: headers?.['VWO-X-Forwarded-For'],
          body,
        })
        if (!answers) return
        const response = Object.assign(new EventEmitter(), { statusCode: 200, setEncoding: () => {} })
        setImmediate(() => {
          onResponse(response)
          response.emit('data', '{"status":"success"}')
          response.emit('end')
        })
      },
    })
  }
  Object.assign(https, {
    request,
    get: (...args: Parameters<typeof request>) => {
      const made = request(...args) as { end(): void }
      made.end()
      return made
    },
  })
  return { sent, [Symbol.dispose]: () => void Object.assign(https, real) }
}

/**
 * The same by a real server, for what only Node's own HTTPS does. Each request gets this answer.
 *
 * @param status - `null`: none gets one before the end.
 */
export async function answerEvents(
  status: number | null,
  body: string,
): Promise<{ requests(): number; [Symbol.asyncDispose](): Promise<void> }> {
  let requests = 0
  const unanswered: ServerResponse[] = []
  const server = https.createServer(await createCertificate(), (request, response) => {
    requests += 1
    request.resume().once('end', () => {
      if (status === null) unanswered.push(response)
      else response.writeHead(status).end(body)
    })
  })
  const port = await listen(server)
  const real = { request: https.request, get: https.get }
  const here = { hostname: '127.0.0.1', port, rejectUnauthorized: false, agent: false }
  const to =
    (send: typeof https.get) =>
    (options: https.RequestOptions, onResponse: Parameters<typeof https.get>[1]) =>
      send({ ...options, ...here }, onResponse as never)
  Object.assign(https, { request: to(real.request), get: to(real.get) })
  return {
    requests: () => requests,
    async [Symbol.asyncDispose]() {
      // The SDK would try these again for half a minute: during later tests, and at VWO itself.
      for (const response of unanswered)
        if (!response.destroyed) await once(response.writeHead(200).end('{}'), 'close')
      Object.assign(https, real)
      await end(server)
    },
  }
}

/** A server that takes events of other processes, and answers each request a little later, without a body where there is none. */
export async function collectEvents(status: 200 | 204 = 200): Promise<{
  readonly port: number
  /** How many have arrived whole; a batch counts as many as are in it. */
  events(): number
  [Symbol.asyncDispose](): Promise<void>
}> {
  let events = 0
  const server = https.createServer(await createCertificate(), (request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (part: string) => (body += part))
    request.once('end', () => {
      const { ev } = JSON.parse(body || '{}') as { readonly ev?: readonly unknown[] }
      events += ev?.length ?? 1
      setTimeout(() => response.writeHead(status).end(status === 204 ? undefined : '{}'), 20)
    })
  })
  return {
    port: await listen(server),
    events: () => events,
    [Symbol.asyncDispose]: () => end(server),
  }
}

async function listen(server: https.Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** Ends connections, too, of which the handshake is not done: those are none of its list yet. */
async function end(server: https.Server): Promise<void> {
  server.on('tlsClientError', (_error, socket) => socket.destroy())
  server.closeAllConnections()
  server.close()
  server.on('secureConnection', (socket) => socket.destroy())
  await once(server, 'close')
}
