import { randomUUID } from 'node:crypto'
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import { Agent } from 'undici'
import { afterAll, describe, expect, it } from 'vitest'
import { keysOf } from '@vwo-hub/protocol'
import { startRedisServer, startVwoSimulator } from '@vwo-hub/sandbox'
import { createReceiver } from '../../packages/client/dist/receive/receive.js'
import { connectionLimit } from '../../packages/hub/dist/http/connection-limit.js'
import { connectRedis } from '../../packages/client/dist/connection/connection.js'
import { startCli } from '../support/cli.ts'
import { account, webhookSecret as secret } from '../support/hub-config.ts'
import { serveEnv } from '../support/serve-env.ts'
import { createPublisher } from '../support/publisher.ts'
import { settingsFile } from '../support/settings-file.ts'
import { until } from '../support/until.ts'
import { redisForFile } from '../support/redis-for-file.ts'
import { isEverything } from '../support/runs.ts'

const { server, cleanUps } = await redisForFile()

/** A hub as a process of its own, with a VWO, and what looks into its Redis: for all tests, since each leaves it well. */
async function startHub() {
  const environment = `env-${randomUUID()}`
  const vwo = await startVwoSimulator({ ...account, settingsFile: settingsFile(account) })
  afterAll(vwo.close)
  const hub = startCli(['serve'], {
    env: serveEnv({ redisUrl: server.url, vwoUrl: vwo.url, environment }),
  })
  afterAll(async () => {
    hub.signal('SIGKILL')
    await hub.ended
  })
  const publicUrl = await hub.printed(/"publicUrl":"([^"]+)"/)
  const adminUrl = await hub.printed(/"adminUrl":"([^"]+)"/)
  const observer = new Redis(server.url)
  afterAll(() => observer.disconnect())
  const keys = keysOf(environment)
  await until(
    () => observer.exists(keys.settings),
    (exists) => exists === 1,
  )
  return { environment, keys, vwo, publicUrl, adminUrl, observer, pid: hub.pid }
}

const { environment, keys, vwo, publicUrl, adminUrl, observer, pid } = await startHub()

describe('given a storm of webhooks', () => {
  // All: as many as VWO retries in an hour.
  const posts = isEverything ? 3600 : 600
  it('[invariant 9] posts at once, right and wrong, cost a handful of fetches and flat memory', async () => {
    const dispatcher = new Agent({ connections: 50 })
    cleanUps.push(() => dispatcher.close())
    const post = async (given: string): Promise<number> => {
      const { statusCode, body } = await dispatcher.request({
        origin: publicUrl,
        path: `/webhooks/${environment}`,
        method: 'POST',
        headers: { 'x-vwo-auth': given },
        body: '{"event":"settings_changed"}',
      })
      await body.dump()
      return statusCode
    }
    const storm = async (count: number) =>
      await Promise.all(Array.from({ length: count }, (_, index) => post(index % 2 === 0 ? secret : 'wrong')))
    await storm(300) // Warm: code is compiled and pools are filled.
    const warm = await residentKilobytes()
    const before = vwo.requests.length
    const startedAt = performance.now()
    const statuses = await storm(posts)
    expect(statuses.filter((status) => status === 200)).toHaveLength(posts / 2)
    expect(statuses.filter((status) => status === 401 || status === 429)).toHaveLength(posts / 2)
    await until(
      () => observer.hmget(keys.refresh, 'requested', 'completed'),
      ([requested, completed]) => requested === completed,
    )
    // They come by the time that it takes, a slow machine's too, and not by the number of posts.
    const tookS = (performance.now() - startedAt) / 1000
    expect(vwo.requests.length - before).toBeLessThanOrEqual(10 + tookS)
    expect((await residentKilobytes()) - warm).toBeLessThan(60_000)
    expect(await observer.xlen(keys.audit)).toBeLessThan(10)
  })
})

/** Resident memory of the hub, where the system tells. */
async function residentKilobytes(): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0)
}

describe('given bodies without end', () => {
  it('reads no more of them than it needs, at either listener', async () => {
    const piece = `10000\r\n${' '.repeat(0x10000)}\r\n`
    /** Sends up to 300 MB in pieces, until the connection ends. @returns How much went out. */
    const flood = async (url: string, headers: Record<string, string>): Promise<number> => {
      const { hostname, port, pathname } = new URL(url)
      const socket = connect({ host: hostname, port: Number(port) })
      let isOver = false
      const over = new Promise<void>((resolve) => socket.on('close', () => resolve((isOver = true) as never)))
      socket.on('error', () => {}).resume()
      const lines = Object.entries({ Host: 'localhost', 'Transfer-Encoding': 'chunked', ...headers })
      socket.write(
        `POST ${pathname} HTTP/1.1\r\n${lines.map((line) => line.join(': ')).join('\r\n')}\r\n\r\n`,
      )
      let sent = 0
      for (; sent < 300_000_000 && !isOver; sent += piece.length) {
        if (!socket.write(piece))
          await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), over])
      }
      socket.destroy()
      return sent
    }
    const form = { 'Content-Type': 'application/x-www-form-urlencoded' }
    const json = { 'Content-Type': 'application/json' }
    const before = await residentKilobytes()
    for (const [url, headers] of [
      [`${adminUrl}/v1/environments/${environment}/pin`, json],
      [`${adminUrl}/v1/environments/${environment}/rollback`, json],
      [`${adminUrl}/environments/${environment}/pin`, form],
      [`${adminUrl}/login`, form],
      [`${adminUrl}/logout`, form],
      [`${publicUrl}/webhooks/${environment}`, { 'x-vwo-auth': secret }],
      [`${publicUrl}/webhooks/${environment}`, {}],
    ] as const) {
      // What the systems at both ends hold for a connection is the rest.
      expect([url, await flood(url, headers)]).toEqual([url, expect.toSatisfy((sent) => sent < 30_000_000)])
    }
    expect((await residentKilobytes()) - before).toBeLessThan(60_000)
  })
})

describe('given a body that is too large, of which the rest never comes', () => {
  it('says so on the connection that is left unread', async () => {
    const { hostname, port } = new URL(publicUrl)
    const socket = connect({ host: hostname, port: Number(port) })
    cleanUps.push(() => socket.destroy())
    socket.write(
      `POST /webhooks/${environment} HTTP/1.1\r\nHost: hub\r\nx-vwo-auth: ${secret}\r\nTransfer-Encoding: chunked\r\n\r\n`,
    )
    const piece = `10000\r\n${' '.repeat(0x10000)}\r\n`
    for (let sent = 0; sent < 2_000_000; sent += piece.length) socket.write(piece)
    let answer = ''
    for await (const chunk of socket) answer += String(chunk)
    expect(answer).toMatch(/^HTTP\/1\.1 413 [^]*connection: close/i)
  })
})

describe('the number of connections that a listener takes', () => {
  it.each([
    ['leaves 200 descriptors of the process to the hub', 1024, 2, 412],
    ['is shared by all listeners', 1024, 3, 274],
    ['is enough for a few callers, however small the limit', 100, 2, 50],
    ['has an end where the system sets none', Infinity, 2, 10_000],
  ])('%s', (_, descriptors, listeners, expected) => {
    expect(connectionLimit(listeners, descriptors)).toBe(expected)
  })
})

describe('given callers that want to occupy the hub', () => {
  it('cuts off headers that never end, refuses floods of them, and answers everybody else', async () => {
    const { hostname, port } = new URL(publicUrl)
    const open = async (text: string): Promise<Socket> => {
      const socket = connect({ host: hostname, port: Number(port) })
      socket.on('error', () => {})
      await once(socket, 'connect')
      socket.write(text)
      cleanUps.push(() => socket.destroy())
      return socket
    }
    const slow = await Promise.all(
      Array.from({ length: 200 }, () =>
        open(`POST /webhooks/${environment} HTTP/1.1\r\nHost: hub\r\nX-Slow: `),
      ),
    )
    const flood = await open(
      `POST /webhooks/${environment} HTTP/1.1\r\n${'X-Flood: aaaaaaaaaaaaaaaaaaaaaaaa\r\n'.repeat(5000)}`,
    )
    const [refusal] = (await once(flood, 'data')) as [Buffer]
    expect(refusal.toString()).toContain('431')
    const answer = await fetch(`${publicUrl}/webhooks/${environment}`, {
      method: 'POST',
      headers: { 'x-vwo-auth': secret },
      body: '{}',
    })
    expect(answer.status).toBe(200)
    for (const socket of slow) {
      socket.resume()
      if (!socket.destroyed) await once(socket, 'close')
    }
  })
})

describe('given a hundred clients', () => {
  it('[invariant 5] every one has each update, also after all connections broke at once', async () => {
    const name = `env-${randomUUID()}`
    const publisher = await createPublisher(server.url, name)
    cleanUps.push(publisher.close)
    const nodes = Array.from({ length: isEverything ? 1000 : 100 }, (_, index) => {
      let current = { revision: 0, text: '' }
      const receiver = createReceiver({
        product: 'fullstack',
        connection: connectRedis(server.url, { name: `node-${index}`, key: keysOf(name).meta }),
        keys: keysOf(name),
        environment: name,
        checkIntervalMs: 60_000,
        currentRevision: () => current.revision,
        onIdentity: () => {},
        onSettings: async ({ revision, text }) => {
          current = { revision, text }
          return 'in-use'
        },
        onConfirmed: () => {},
        onError: () => {},
      })
      cleanUps.push(receiver.close)
      receiver.start()
      return () => current.text
    })
    const everywhere = (text: string) =>
      until(
        () => nodes.filter((node) => node() === text).length,
        (count) => count === nodes.length,
        30_000,
      )
    await publisher.publish('A')
    await everywhere('A')
    await publisher.publish('B')
    await everywhere('B')
    await publisher.redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
    await publisher.publish('C')
    await everywhere('C')
  })
})

describe('given a subscriber that Redis disconnects for being slow', () => {
  it('[invariant 5] it has the newest settings as soon as it can run again', async () => {
    const own = await startRedisServer({
      args: ['--client-output-buffer-limit', 'pubsub', '1mb', '1mb', '1'],
    })
    cleanUps.push(own.close)
    const publisher = await createPublisher(own.url, environment)
    cleanUps.push(publisher.close)
    const app = startApp(own.url, environment)
    // Just small enough to travel inside the message.
    const text = (serial: number) =>
      JSON.stringify({ ...settingsFile(account), filler: `${serial}`.padEnd(31_000, '.') })
    const first = await publisher.publish(text(0))
    await app.told(first)
    const connections = async () =>
      String(await publisher.redis.client('LIST')).split('vwo-client').length - 1
    app.child.kill('SIGSTOP')
    let last = 0
    await until(
      async () => {
        for (let count = 0; count < 20; count += 1) last = await publisher.publish(text(last + 1))
        return await connections()
      },
      (count) => count === 0,
      30_000,
    )
    last = await publisher.publish(
      JSON.stringify({ ...settingsFile(account), filler: 'x'.repeat(2_000_000) }),
    )
    app.child.kill('SIGCONT')
    await app.told(last)
  })
})

/** An app process, and the revisions that it tells of. */
function startApp(
  redisUrl: string,
  name: string,
): { child: ChildProcess; told(revision: number): Promise<void> } {
  const child = fork(fileURLToPath(new URL('../support/node-process.mjs', import.meta.url)), {
    env: { REDIS_URL: redisUrl, ENVIRONMENT: name },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  cleanUps.push(() => child.kill('SIGKILL'))
  const revisions = new Set<number>()
  child.on('message', (message: { revision: number }) => revisions.add(message.revision))
  return {
    child,
    told: async (revision) => {
      await until(() => revisions.has(revision), Boolean, 30_000)
    },
  }
}
