import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { Hono } from 'hono'
import { afterEach, describe, expect, it } from 'vitest'
import { startRedisServer, startVwoSimulator } from '@vwo-hub/sandbox'
import type { HubConfig } from '@vwo-hub/hub'
import { closeServer, listen, urlOf } from '../../packages/hub/dist/http/listen.js'
import { startCli } from '../support/cli.ts'
import { account, createSilentHub, environmentConfig, hubConfig } from '../support/hub-config.ts'
import { settingsFile } from '../support/settings-file.ts'
import { serveEnv } from '../support/serve-env.ts'
import { until } from '../support/until.ts'

const cleanUps: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp()
})

/** A hub whose Redis and VWO are away: what its listeners do does not depend on them. */
function makeHub(config: Partial<HubConfig> = {}) {
  const hub = createSilentHub(
    hubConfig({
      redis: { kind: 'standalone', url: 'redis://127.0.0.1:9' },
      environments: [environmentConfig()],
      ...config,
    }),
  )
  cleanUps.push(hub.close)
  return hub
}

async function open(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port) })
  socket.on('error', () => {})
  cleanUps.push(() => socket.destroy())
  await once(socket, 'connect')
  return socket
}

/** What a listener answers to these bytes, until it ends the connection. */
async function answerTo(url: string, request: string): Promise<string> {
  const socket = await open(url)
  let answer = ''
  socket.setEncoding('utf8').on('data', (text: string) => (answer += text))
  socket.write(request)
  await once(socket, 'end')
  return answer
}

describe('a hub that is asked by a host that cannot be', () => {
  it.each([undefined, 'the-admin-token-of-24-bytes'])('answers so, with the token %s', async (adminToken) => {
    const { adminUrl } = await makeHub({ adminToken }).start()
    const answer = await answerTo(adminUrl, 'GET / HTTP/1.1\r\nHost: 1.2.3.999\r\nConnection: close\r\n\r\n')
    expect(answer).toMatch(/^HTTP\/1.1 400 .*"request-invalid"/s)
  })
})

describe('a hub that cannot open one of its listeners', () => {
  it('leaves none open', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    cleanUps.push(() => other.close())
    const taken = (other.address() as { port: number }).port
    const free = createServer().listen(0, '127.0.0.1')
    await once(free, 'listening')
    const { port } = free.address() as { port: number }
    free.close()
    await once(free, 'close')
    const hub = makeHub({ port, adminPort: taken })
    await expect(hub.start()).rejects.toMatchObject({ code: 'address-unusable' })
    const socket = connect({ host: '127.0.0.1', port })
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException]
    expect(error.code).toBe('ECONNREFUSED')
  })
})

describe('what balancers ask', () => {
  it('is answered in HTTP/1.0 without a host, at every listener', async () => {
    const { publicUrl, adminUrl, appUrl = '' } = await makeHub({ appHost: '127.0.0.1', appPort: 0 }).start()
    for (const url of [publicUrl, adminUrl, appUrl]) {
      for (const request of [
        'GET /healthz HTTP/1.0\r\n\r\n',
        'GET /healthz HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n',
      ]) {
        expect(await answerTo(url, request)).toMatch(/^HTTP\/1\.1 200 OK[^]*"status":"ok"/)
      }
    }
  })

  it('goes over connections that stay open for longer than theirs', async () => {
    const { publicUrl, adminUrl } = await makeHub().start()
    for (const url of [publicUrl, adminUrl]) {
      const { headers } = await fetch(`${url}/healthz`)
      expect(headers.get('keep-alive')).toBe('timeout=75')
    }
    const { publicUrl: other } = await makeHub({ keepAliveMs: 610_000 }).start()
    expect((await fetch(`${other}/healthz`)).headers.get('keep-alive')).toBe('timeout=610')
  })
})

describe('a listener', () => {
  /** One that is silent for as long as nobody asks in full, and is to close when the test says so. */
  async function startListener(arrival?: Parameters<typeof listen>[1]['arrival']) {
    let isClosing = false
    const app = new Hono().post('/', async (context) => context.text(await context.req.text().catch(String)))
    const server = await listen(app, {
      ...{ host: '127.0.0.1', port: 0, variables: 'HUB_PORT', maxConnections: 10, onTooMany: () => {} },
      isClosing: () => isClosing,
      ...(arrival && { arrival }),
    })
    cleanUps.push(
      () => server.closeAllConnections(),
      () => server.close(),
    )
    return { server, url: urlOf(server), beginClosing: () => (isClosing = true) }
  }
  const head = 'POST / HTTP/1.1\r\nHost: hub\r\n'
  const slow = 60_000

  it.each([
    ['a header block', `${head}X-Slow: `, { headersMs: 100, requestMs: slow, everyMs: 20 }],
    ['a body', `${head}Content-Length: 9\r\n\r\nslow`, { headersMs: 50, requestMs: 100, everyMs: 20 }],
  ])('waits for %s so long and no longer', async (_, part, arrival) => {
    const { url } = await startListener(arrival)
    expect(await answerTo(url, part)).toMatch(/^HTTP\/1\.1 408 /)
  })

  it('ends each connection with its answer once it is about to close', async () => {
    const { url, beginClosing } = await startListener()
    beginClosing()
    expect(await answerTo(url, `${head}Content-Length: 2\r\n\r\n{}`)).toMatch(/^connection: close\r$/im)
  })

  it('is closed within a second or so, though somebody is in the middle of a request', async () => {
    const { url, server } = await startListener()
    const socket = await open(url)
    socket.write(`${head}Content-Length: 9\r\n\r\nslow`)
    await once(server, 'request')
    const cut = once(socket.resume(), 'close')
    await closeServer(server)
    await cut
  })
})

describe('given more connections than a listener takes', () => {
  it('closes those that are too many, and goes on with the others', async () => {
    const { publicUrl, adminUrl } = await makeHub({ maxConnections: 10 }).start()
    const first = await open(publicUrl)
    const all = await Promise.all(Array.from({ length: 30 }, () => open(publicUrl)))
    let closed = 0
    for (const socket of all) socket.resume().on('close', () => (closed += 1))
    await until(
      () => closed,
      (count) => count === 21,
    )
    first.write('GET /healthz HTTP/1.1\r\nHost: hub\r\n\r\n')
    const [answer] = (await once(first, 'data')) as [Buffer]
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 200 OK/)
    expect((await fetch(`${adminUrl}/healthz`)).status).toBe(200)
  })

  it('still reaches VWO and Redis, with as many descriptors as systems give', async () => {
    const server = await startRedisServer()
    cleanUps.push(server.close)
    const vwo = await startVwoSimulator({ ...account, settingsFile: settingsFile(account) })
    cleanUps.push(vwo.close)
    const hub = startCli(['serve'], {
      descriptors: 1024,
      env: {
        ...serveEnv({ redisUrl: server.url, vwoUrl: vwo.url }),
        HUB_POLL_INTERVAL_MS: '1000',
      },
    })
    cleanUps.push(async () => {
      hub.signal('SIGKILL')
      await hub.ended
    })
    const publicUrl = await hub.printed(/"publicUrl":"([^"]+)"/)
    await until(
      () => vwo.requests.length,
      (count) => count > 0,
    )
    await Promise.all(Array.from({ length: 1100 }, () => open(publicUrl)))
    const before = vwo.requests.length
    await until(
      () => vwo.requests.length,
      (count) => count >= before + 2,
    )
    await hub.printed(/connections refused/)
    expect(hub.stdout()).not.toContain('EMFILE')
  })
})
