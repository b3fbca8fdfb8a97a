import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import type { Hono } from 'hono'
import { HubError } from '../errors.ts'

/**
 * Opens a listener. A header block, a body and an idle connection each have a limit, so that nobody can occupy it.
 *
 * @param variables - The variables that its address comes from, for the error.
 * @throws {@link HubError} `address-unusable`
 */
export async function listen(app: Hono, host: string, port: number, variables: string): Promise<Server> {
  const server = createAdaptorServer({
    fetch: app.fetch,
    serverOptions: { headersTimeout: 10_000, requestTimeout: 15_000, connectionsCheckingInterval: 1000 },
  }) as Server
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
