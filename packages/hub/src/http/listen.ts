import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import type { Hono } from 'hono'
import { HubError } from '../errors.ts'

/** Beyond what load balancers use, most of them 60 s: else one of them sends a request into a connection that ends. */
const KEEP_ALIVE_MS = 75_000
/** What is not there by then does not come any more. The time that a connection is idle is not counted. */
const ARRIVAL = { headersMs: 10_000, requestMs: 15_000, everyMs: 1000 }

export interface ListenOptions {
  readonly host: string
  readonly port: number
  /** The variables that its address comes from, for the error. */
  readonly variables: string
  /** How many connections it takes; every other one is closed at once. */
  readonly maxConnections: number
  /** How long an idle connection is kept, in milliseconds. @default 75000 */
  readonly keepAliveMs?: number | undefined
  /** How long a header block, and a whole request, may take to arrive, in milliseconds. @default 10000 and 15000, looked after each second */
  readonly arrival?: { readonly headersMs: number; readonly requestMs: number; readonly everyMs: number }
  readonly onTooMany: () => void
  /** Whether it will be closed soon: each answer is then the last one on its connection. */
  readonly isClosing: () => boolean
}

/**
 * Opens a listener. A header block, a body, an idle connection and the number of connections each have a limit, so that
 * nobody can occupy the hub.
 *
 * @throws {@link HubError} `address-unusable`
 */
export async function listen(app: Hono, options: ListenOptions): Promise<Server> {
  const { host, port, variables, maxConnections, keepAliveMs = KEEP_ALIVE_MS, onTooMany, isClosing } = options
  const { arrival: { headersMs, requestMs, everyMs } = ARRIVAL } = options
  const server = createAdaptorServer({
    fetch: app.fetch,
    // Of a request that names none, as one of HTTP/1.0 need not: HAProxy's health checks are of that kind.
    hostname: 'localhost',
    serverOptions: {
      headersTimeout: headersMs,
      requestTimeout: requestMs,
      keepAliveTimeout: keepAliveMs,
      connectionsCheckingInterval: everyMs,
    },
  }) as Server
  server.maxConnections = maxConnections
  server.on('drop', onTooMany)
  server.prependListener('request', (_request, response) => {
    if (isClosing()) response.shouldKeepAlive = false
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason = error.code === 'EADDRINUSE' ? 'another program listens there already' : error.message
      reject(
        new HubError(
          'address-unusable',
          `${variables}: cannot listen on ${host}:${port}, ${reason}. Choose another port or stop the other program; the hub has not started.`,
          { cause: error },
        ),
      )
    })
    server.listen(port, host, resolve)
  })
  return server
}

/** Lets answers under way finish; whatever is still open after a second is cut. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      clearTimeout(cut)
      resolve()
    })
    const cut = setTimeout(() => server.closeAllConnections(), 1000)
    server.closeIdleConnections()
  })
}

/** The base URL of a listener. */
export function urlOf(server: Server): string {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('expected a listening TCP server')
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return `http://${host}:${address.port}`
}
