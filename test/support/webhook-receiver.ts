import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'

/** A webhook receiver that answers with these statuses in turn, the last one for ever. */
export async function startReceiver(...statuses: number[]) {
  const received: { method: string | undefined; headers: IncomingMessage['headers']; body: unknown }[] = []
  const server = createServer((request, response) => {
    void answer(request, response)
  })
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    received.push({ method: request.method, headers: request.headers, body: await json(request) })
    response.writeHead(statuses[Math.min(received.length, statuses.length) - 1] ?? 500).end()
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { received, url: `http://127.0.0.1:${port}/webhooks/prod` }
}
