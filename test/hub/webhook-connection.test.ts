import { once } from 'node:events'
import type { Server } from 'node:http'
import { connect, type Socket } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { secret, setUpWebhooks, vwoBody } from '../support/webhook-app.ts'

describe('over a real connection', () => {
  let server: Server
  let hub: ReturnType<typeof setUpWebhooks>
  const sockets: Socket[] = []

  beforeEach(async () => {
    hub = setUpWebhooks()
    server = createAdaptorServer({ fetch: hub.app.fetch }) as Server
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy()
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })

  /** Sends the head of a request, and collects what comes back until the server closes or has answered. */
  function open(headers: string[]) {
    const address = server.address()
    if (typeof address !== 'object' || address === null) throw new Error('expected a listening server')
    const socket = connect(address.port, '127.0.0.1')
    sockets.push(socket)
    let received = ''
    socket.on('data', (chunk: Buffer) => (received += chunk.toString()))
    socket.on('error', () => {})
    socket.write(['POST /webhooks/prod HTTP/1.1', 'Host: hub', ...headers, '', ''].join('\r\n'))
    return {
      socket,
      received: () => received,
      status: () =>
        vi.waitFor(() =>
          Number(/^HTTP\/1\.1 (\d{3})[^]*\r\n\r\n/.exec(received)?.[1] ?? expect.fail('no answer yet')),
        ),
      closed: once(socket, 'close'),
    }
  }

  const right = `X-Vwo-Auth: ${secret}`

  it('a body that announces itself too large is answered with 413 before any of it is read', async () => {
    const { status, closed } = open([right, 'Content-Length: 10000000'])
    expect(await status()).toBe(413)
    await closed
    expect(hub.app.counts.get('prod')).toMatchObject({ tooLarge: 1, accepted: 0 })
  })

  it('a body without a length is left at the limit, whatever is still to come', async () => {
    const { socket, status, closed } = open([right, 'Transfer-Encoding: chunked'])
    const chunk = 'x'.repeat(16 * 1024)
    for (let n = 0; n < 5; n += 1) socket.write(`${chunk.length.toString(16)}\r\n${chunk}\r\n`)
    expect(await status()).toBe(413)
    await closed
    expect(hub.requested).toEqual([])
  })

  it('a wrong secret is answered before the body has come, and the connection ends', async () => {
    const { status, closed, received } = open(['X-Vwo-Auth: wrong', 'Content-Length: 100'])
    expect(await status()).toBe(401)
    await closed
    expect(received()).toMatch(/connection: close/i)
  })

  it('a body that comes in pieces is waited for', async () => {
    const { socket, status } = open([right, `Content-Length: ${vwoBody.length}`])
    for (const character of vwoBody) socket.write(character)
    expect(await status()).toBe(200)
    expect(hub.requested).toEqual(['prod'])
  })

  it('a body that is cut off requests nothing and harms nobody', async () => {
    const arrived = once(server, 'request')
    const { socket } = open([right, `Content-Length: ${vwoBody.length}`])
    socket.write(vwoBody.slice(0, 20))
    await arrived
    socket.destroy()
    await vi.waitFor(() => expect(hub.app.counts.get('prod')?.malformed).toBe(1))
    expect(hub.requested).toEqual([])
    expect(hub.lines.join('')).not.toContain('failed')
  })

  it('two headers with the secret are one wrong secret, not a fault', async () => {
    const { status } = open([right, right, 'Content-Length: 2'])
    expect(await status()).toBe(401)
  })

  it('a secret of bytes that are no text is a wrong secret, not a fault', async () => {
    const { status } = open(['X-Vwo-Auth: \u00ff\u00fe\u00e9', 'Content-Length: 2'])
    expect(await status()).toBe(401)
  })
})
