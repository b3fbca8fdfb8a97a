import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { randomUUID } from 'node:crypto'
import { createRequire } from 'node:module'
import { hostname } from 'node:os'
import vwoSdk from 'vwo-node-sdk'
import { afterEach, describe, expect, it } from 'vitest'
import { createClient, type ClientError, type ClientOptions } from '@vwo-hub/client'
import { keysOf } from '@vwo-hub/protocol'
import { startNode } from '../support/nodes.ts'
import { createPublisher } from '../support/publisher.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { until } from '../support/until.ts'
import { redisForFile } from '../support/redis-for-file.ts'

const { server } = await redisForFile()
const cleanUps: (() => unknown)[] = []
const manifest = createRequire(import.meta.url)('@vwo-hub/client/package.json') as { version: string }

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp()
})

/** A process knows the clock of Redis as well as a question to it takes, on a machine that is busy. */
const accuracyMs = 1000

const settings = (version: number): string => JSON.stringify({ version, accountId: 5, campaigns: [] })

async function setUp(options: Partial<ClientOptions> = {}) {
  const environment = `env-${randomUUID()}`
  const keys = keysOf(environment)
  const publisher = await createPublisher(server.url, environment)
  cleanUps.push(publisher.close)
  const { redis } = publisher
  const errors: ClientError[] = []
  const start = (more: Partial<ClientOptions> = {}) => {
    const vwo = createClient({
      environment,
      redis: server.url,
      sdk: vwoSdk,
      launch: { isDevelopmentMode: true },
      ...options,
      ...more,
    })
    vwo.on('error', (error) => errors.push(error))
    cleanUps.push(vwo.close)
    return vwo
  }
  const names = () => redis.zrange(keys.nodes, '0', '-1')
  const reportOf = (id: string) => redis.hgetall(keys.node(id))
  /** The first report of the node in which the field is as expected. */
  const reported = (id: string, field: string, value: string) =>
    until(
      () => reportOf(id),
      (report) => report[field] === value,
    )
  const redisTime = async () => {
    const [seconds, microseconds] = await redis.time()
    return Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000)
  }
  return { environment, keys, publisher, redis, errors, start, names, reportOf, reported, redisTime }
}

describe('given a client that follows an environment', () => {
  it('its node tells everything that operators want to know, and is forgotten 90 s after its last report', async () => {
    const { publisher, redis, keys, start, names, reported, redisTime } = await setUp()
    const revision = await publisher.publish(settings(1))
    // Longer ago than what a client takes Redis' clock for may be wrong by.
    const startedAt = await until(redisTime, (now) => now > revision + accuracyMs)
    start()
    const [id = ''] = await until(names, ({ length }) => length === 1)
    expect(id.startsWith(`${hostname()}-${process.pid}-`)).toBe(true)
    expect(id).toMatch(/-[0-9a-f]{10}$/)
    const { appliedAt = '', ...report } = await reported(id, 'revision', String(revision))
    expect(report).toEqual({
      revision: String(revision),
      state: 'ready',
      lagMs: '',
      host: hostname(),
      pid: String(process.pid),
      sdk: 'vwo-node-sdk/1.73.0',
      client: manifest.version,
    })
    const seenAt = Number(await redis.zscore(keys.nodes, id))
    for (const time of [Date.parse(appliedAt), seenAt]) {
      expect(time).toBeGreaterThanOrEqual(startedAt - accuracyMs)
      expect(time).toBeLessThanOrEqual((await redisTime()) + accuracyMs)
    }
    expect(await redis.pttl(keys.node(id))).toBeGreaterThan(80_000)
    expect(await redis.pttl(keys.node(id))).toBeLessThanOrEqual(90_000)
  })

  it('an update is reported soon, with what it took from publication to use', async () => {
    const { publisher, start, reported } = await setUp({ node: 'shop:1' })
    await publisher.publish(settings(1))
    await start().ready()
    const revision = await publisher.publish(settings(2))
    const { lagMs, appliedAt = '' } = await reported('shop:1', 'revision', String(revision))
    expect(lagMs).toMatch(/^\d+$/)
    expect(Math.max(0, Date.parse(appliedAt) - revision)).toBe(Number(lagMs))
  })

  it('a process that ends without closing its clients takes them out of the list', async () => {
    const { environment, publisher, names } = await setUp()
    await publisher.publish(settings(1))
    const program = `
      import { createClient } from '@vwo-hub/client'
      import sdk from 'vwo-node-sdk'
      const options = { environment: '${environment}', redis: '${server.url}', sdk }
      createClient(options)
      createClient(options)
      process.on('message', () => process.exit(3))
      process.send('runs')`
    const app = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      cwd: import.meta.dirname,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    cleanUps.push(() => app.kill())
    await until(names, ({ length }) => length === 2)
    app.send('end')
    const [code] = (await once(app, 'exit')) as [number]
    expect(code).toBe(3)
    await until(names, ({ length }) => length === 0)
  })

  it('a node without settings is there too', async () => {
    const { start, reported } = await setUp({ node: 'early' })
    start()
    const report = await reported('early', 'state', 'starting')
    expect(report).toMatchObject({ revision: '0', appliedAt: '', lagMs: '' })
  })

  it('closing takes its node away, and no other', async () => {
    const { start, names, redis, keys } = await setUp()
    const leaving = start({ node: 'leaving' })
    start({ node: 'staying' })
    await until(names, ({ length }) => length === 2)
    await leaving.close()
    expect(await names()).toEqual(['staying'])
    expect(await redis.exists(keys.node('leaving'))).toBe(0)
    expect(await redis.exists(keys.node('staying'))).toBe(1)
  })

  it('what has not been seen for 90 s is taken off the list by the next report', async () => {
    const { start, names, redis, keys, redisTime } = await setUp({ node: 'alive' })
    const now = await redisTime()
    await redis.zadd(keys.nodes, now - 91_000, 'gone', now - 80_000, 'quiet')
    start()
    await until(names, (seen) => seen.includes('alive'))
    expect(await names()).toEqual(['quiet', 'alive'])
  })

  it('a broken connection is no end: the node reports again', async () => {
    const { start, redis, keys, names } = await setUp({ node: 'cut-off' })
    start()
    await until(names, ({ length }) => length === 1)
    await redis.del(keys.nodes, keys.node('cut-off'))
    await redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
    await until(names, ({ length }) => length === 1)
    expect(await redis.exists(keys.node('cut-off'))).toBe(1)
  })

  it('a name that cannot be part of a key is refused', async () => {
    const { start } = await setUp()
    expect(() => start({ node: 'two words' })).toThrow(/^node: expected 1 to 100 .*, got "two words"\./)
  })
})

describe('given a user of Redis that may only read', () => {
  const readOnly = ['resetkeys', '%R~vwo:*', '&vwo:*', '-@all', '+@connection', '+subscribe', '+unsubscribe']
  const reading = ['+info', '+get', '+hget', '+hmget', '+time']
  const writing = [
    '~vwo:*',
    '+multi',
    '+exec',
    '+hset',
    '+pexpire',
    '+zadd',
    '+zcard',
    '+zremrangebyscore',
    '+del',
    '+zrem',
  ]

  async function asUser(options: Partial<ClientOptions> = {}) {
    const all = await setUp(options)
    const user = `user-${randomUUID()}`
    await all.redis.acl('SETUSER', user, 'on', '>the-password', ...readOnly, ...reading)
    const url = new URL(server.url)
    url.username = user
    url.password = 'the-password'
    return { ...all, user, url: url.href }
  }

  it('it is told once, names what is refused, and updates go on', async () => {
    const { publisher, start, errors, url, keys, names } = await asUser({ node: 'shy' })
    await publisher.publish(settings(1))
    const vwo = start({ redis: url })
    await until(
      () => errors.length,
      (count) => count > 0,
    )
    for (const version of [2, 3]) {
      const revision = await publisher.publish(settings(version))
      await until(
        () => vwo.status.revision,
        (seen) => seen === revision,
      )
    }
    expect(errors.map(({ code }) => code)).toEqual(['redis-forbidden'])
    expect(errors[0]?.message).toContain(keys.node('shy'))
    expect(errors[0]?.message).toContain('NOPERM')
    expect(errors[0]?.message).not.toContain('the-password')
    expect(await names()).toEqual([])
  })

  it('once it is permitted, the next change is reported on the same connection, with these permissions alone', async () => {
    const { start, errors, url, user, redis, names, publisher } = await asUser({ node: 'shy' })
    const vwo = start({ redis: url })
    await until(
      () => errors.map(({ code }) => code),
      (codes) => codes.includes('redis-forbidden'),
    )
    await redis.acl('SETUSER', user, ...writing)
    await publisher.publish(settings(1))
    await until(names, ({ length }) => length === 1)
    await vwo.close()
    expect(await names()).toEqual([])
  })

  it('a node whose first permitted report is not answered yet leaves the list when it closes', async () => {
    const { start, errors, url, user, redis, names, publisher } = await asUser({ node: 'shy' })
    const proxy = await startTcpProxy({ target: () => server })
    cleanUps.push(proxy.close)
    const vwo = start({ redis: url.replace(String(server.port), String(proxy.port)) })
    await until(
      () => errors.map(({ code }) => code),
      (codes) => codes.includes('redis-forbidden'),
    )
    await redis.acl('SETUSER', user, ...writing)
    proxy.set({ down: { kind: 'delay', delayMs: 300 } })
    await publisher.publish(settings(1))
    await until(names, ({ length }) => length === 1)
    await vwo.close()
    expect(await names()).toEqual([])
  })

  it('without reporting nothing is refused, and nothing written', async () => {
    const { publisher, start, errors, url, names, redis, environment } = await asUser({ report: false })
    const revision = await publisher.publish(settings(1))
    const vwo = start({ redis: url })
    expect(await vwo.ready()).toMatchObject({ state: 'ready', revision })
    const next = await publisher.publish(settings(2))
    await until(
      () => vwo.status.revision,
      (seen) => seen === next,
    )
    await vwo.close()
    expect(errors).toEqual([])
    expect(await names()).toEqual([])
    expect(await redis.keys(`vwo:{${environment}}:node*`)).toEqual([])
  })
})

describe('given hosts whose clocks differ by hours', () => {
  it('lag, time of use and time last seen are those of Redis', async () => {
    const { environment, publisher, names, reportOf, redis, keys, redisTime } = await setUp()
    await publisher.publish(settings(1))
    const shifts = [-2 * 3_600_000, 0, 3 * 3_600_000]
    const nodes = shifts.map((clockShiftMs) => startNode({ redisUrl: server.url, environment, clockShiftMs }))
    cleanUps.push(...nodes.map(({ kill }) => kill))
    const ids = await until(names, ({ length }) => length === shifts.length)
    await Promise.all(
      nodes.map(({ updates }) =>
        until(
          () => updates.length,
          (count) => count === 1,
        ),
      ),
    )
    const revision = await publisher.publish(settings(2))
    const reports = await until(
      () => Promise.all(ids.map(reportOf)),
      (seen) => seen.every((report) => report['revision'] === String(revision)),
    )
    const now = await redisTime()
    for (const { lagMs, appliedAt = '' } of reports) {
      expect(Number(lagMs)).toBeLessThanOrEqual(now - revision + accuracyMs)
      expect(Math.abs(Date.parse(appliedAt) - revision)).toBeLessThanOrEqual(now - revision + accuracyMs)
    }
    for (const id of ids) {
      const seenAt = Number(await redis.zscore(keys.nodes, id))
      expect(now - seenAt).toBeLessThan(60_000)
    }
    expect(await names()).toHaveLength(shifts.length)
  })
})
