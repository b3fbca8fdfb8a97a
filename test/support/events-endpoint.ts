import { EventEmitter, once } from 'node:events'
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

/** The same by a real server, for what only Node's own HTTPS does. Each request gets this answer. */
export async function answerEvents(
  status: number,
  body: string,
): Promise<{ requests(): number; [Symbol.asyncDispose](): Promise<void> }> {
  let requests = 0
  const server = https.createServer(await createCertificate(), (request, response) => {
    requests += 1
    request.resume().once('end', () => response.writeHead(status).end(body))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const real = https.request
  const request = (options: https.RequestOptions, onResponse: Parameters<typeof https.request>[1]) =>
    real(
      { ...options, hostname: '127.0.0.1', port, rejectUnauthorized: false, agent: false },
      onResponse as never,
    )
  Object.assign(https, { request })
  return {
    requests: () => requests,
    async [Symbol.asyncDispose]() {
      Object.assign(https, { request: real })
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
