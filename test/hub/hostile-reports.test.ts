import { randomUUID } from 'node:crypto'
import { type Keys, keysOf } from '@vwo-hub/protocol'
import { asUser } from '@vwo-hub/sandbox'
import { Redis } from 'ioredis'
import { describe, expect, it } from 'vitest'
import { runCommand } from '../support/cli.ts'
import { doctor } from '../support/doctor.ts'
import { openEnvironment } from '../support/environment.ts'
import { running, startHubs } from '../support/hubs.ts'
import { until } from '../support/until.ts'
import { redisForFile } from '../support/redis-for-file.ts'

const { server, cleanUps } = await redisForFile()

async function setUp() {
  const hubs = await startHubs({ url: server.url })
  cleanUps.push(hubs.close)
  const { redis, keys, handle, first, environment } = hubs
  const revision = Number((await hubs.meta())['revision'])
  /** Puts down what a client would report. */
  const report = async (id: string, fields: Record<string, string | number> = {}) => {
    await redis.zadd(keys.nodes, await handle.now(), id)
    await redis.hset(keys.node(id), { state: 'ready', revision, host: 'shop', pid: 7, ...fields })
  }
  const env = { REDIS_URL: server.url }
  /** What everybody sees who looks. */
  const seen = async () => {
    const { nodes, total } = await handle.read.nodes()
    const get = async (path: string) => await fetch(`${first.adminUrl}${path}`)
    const page = await get(`/environments/${environment}`)
    const metrics = await (await get('/metrics')).text()
    return {
      total,
      nodes: new Map(nodes.map(({ id, state }) => [id, state])),
      codes: [(await get(`/v1/environments/${environment}/nodes`)).status, page.status],
      isAway: (await page.text()).includes('Redis does not answer'),
      isUp: metrics.includes('vwo_hub_redis_up 1'),
      status: (await runCommand(['status', environment], { env })).code,
      stderr: (await runCommand(['nodes', environment], { env })).stderr,
      failures: (await doctor(env, environment)).filter(({ state }) => state === 'failure'),
    }
  }
  return { ...hubs, revision, report, seen }
}

/** What an app’s user can write, and as what the node that it is about is told, if at all. */
const variants: Record<
  string,
  [write: (redis: Redis, keys: Keys, now: number) => Promise<unknown>, told?: 'invalid' | 'lagging']
> = {
  'a time without end': [(redis, { nodes }) => redis.zadd(nodes, '+inf', 'odd')],
  'a time to come': [(redis, { nodes }, now) => redis.zadd(nodes, now + 3_600_000, 'odd')],
  'a list of another type': [(redis, { nodes }) => redis.multi().del(nodes).hset(nodes, 'a', 'b').exec()],
  'a report of another type': [
    (redis, keys, now) => redis.multi().rpush(keys.node('odd'), 'x').zadd(keys.nodes, now, 'odd').exec(),
    'invalid',
  ],
  'a report of megabytes': [
    (redis, keys, now) =>
      redis
        .multi()
        .hset(keys.node('odd'), { revision: 5, host: 'x'.repeat(5e6), ['y'.repeat(5e6)]: 'z' })
        .zadd(keys.nodes, now, 'odd')
        .exec(),
    'lagging',
  ],
  'a name of megabytes': [(redis, { nodes }, now) => redis.zadd(nodes, now, 'x'.repeat(5e6))],
  'a revision that cannot be': [
    (redis, keys, now) =>
      redis
        .multi()
        .hset(keys.node('odd'), { revision: '9007199254740991' })
        .zadd(keys.nodes, now, 'odd')
        .exec(),
    'invalid',
  ],
}

describe('[invariant 5] nothing that apps write as reports keeps anybody from looking', () => {
  it.each(Object.entries(variants))('%s', async (_, [write, told]) => {
    const { redis, keys, handle, report, seen } = await setUp()
    await report('good')
    await write(redis, keys, await handle.now())
    // A list of another type is begun anew, with the next report of a hub.
    await until(
      () => redis.type(keys.nodes),
      (type) => type !== 'hash',
    )
    await report('good')
    const { nodes, ...rest } = await seen()
    expect(Object.fromEntries(nodes)).toEqual({ good: 'current', ...(told && { odd: told }) })
    expect(rest).toEqual({
      total: nodes.size,
      codes: [200, 200],
      isAway: false,
      isUp: true,
      status: 0,
      stderr: '',
      failures: [],
    })
  })

  it('says what cannot be, and that there are more than are looked at', async () => {
    const { redis, keys, handle, report, environment, first } = await setUp()
    const now = await handle.now()
    const pipeline = redis.pipeline()
    for (let index = 0; index < 2100; index += 1) {
      pipeline.zadd(keys.nodes, now - 1000, `fake-${index}`)
      pipeline.hset(keys.node(`fake-${index}`), { revision: 'none', host: 'x'.repeat(2000) })
    }
    await pipeline.exec()
    await report('good')
    const { nodes, total, current } = await handle.read.nodes()
    expect([nodes.length, total, current]).toEqual([2000, 2101, 1])
    expect(nodes.find(({ id }) => id === 'good')).toMatchObject({ state: 'current' })
    expect(nodes[0]).toMatchObject({ state: 'invalid', revision: 0, host: '…' })
    const { stdout, code } = await runCommand(['nodes', environment], { env: { REDIS_URL: server.url } })
    expect(code).toBe(1)
    expect(stdout).toMatch(/^1 of 2000 nodes on the newest revision, 1999 invalid, 2,000 of 2,101 shown$/m)
    const page = await fetch(`${first.adminUrl}/environments/${environment}`)
    expect(await page.text()).toContain('2,000 of 2,101 shown')
    const metrics = await (await fetch(`${first.adminUrl}/metrics`)).text()
    expect(metrics).toContain(`vwo_hub_nodes{environment="${environment}",state="invalid"} 1999`)
    expect(metrics).toContain(`vwo_hub_nodes_beyond_limit{environment="${environment}"} 101`)
  })

  it('no more of long names is read than hurts nobody, and hubs remove them', async () => {
    const environment = `env-${randomUUID()}`
    const { handle, store } = await openEnvironment(server.url, environment)
    const [redis, keys] = [new Redis(server.url), keysOf(environment)]
    cleanUps.push(store.close, () => redis.disconnect())
    const now = await handle.now()
    await redis.zadd(keys.nodes, now - 1000, 'good')
    await redis.hset(keys.node('good'), { state: 'ready', revision: 0 })
    for (const name of ['a', 'b', 'c']) await redis.zadd(keys.nodes, now, name.repeat(600_000))
    // Behind them nobody is seen.
    expect(await handle.read.nodes()).toMatchObject({ nodes: [] })
    await handle.hubs.report('hub-a', {})
    expect(await redis.zcard(keys.nodes)).toBe(2)
    expect(await handle.read.nodes()).toMatchObject({ nodes: [{ id: 'good' }] })
  })

  it('a user of Redis from before it was so is enough to look at nodes', async () => {
    const { redis, report, environment } = await setUp()
    await report('good')
    const user = { username: `hub-${environment}`, password: 'the-password' }
    const rules = ['on', `>${user.password}`, '~*', '&*', '+@all', '-zcount', '-hstrlen']
    await redis.acl('SETUSER', user.username, ...rules)
    const { handle, store } = await openEnvironment(asUser(server.config, user), environment)
    cleanUps.push(store.close)
    expect(await handle.read.nodes()).toMatchObject({ total: 1, nodes: [{ id: 'good', state: 'current' }] })
    expect((await handle.read.status()).hubs).toHaveLength(1)
  })

  it('a report of a hub that is none does not hide the others', async () => {
    const { redis, keys, handle } = await setUp()
    await redis.zadd(keys.hubs, await handle.now(), 'odd')
    await redis.set(keys.hub('odd'), 'x')
    expect((await handle.read.status()).hubs).toHaveLength(1)
  })
})

describe('given nodes that are ahead of Redis', () => {
  it('a hub publishes above them what VWO has, once in ten minutes', async () => {
    const { redis, keys, handle, report, revision, environment, audit, published, vwo } = await setUp()
    const text = await published()
    const asked = vwo.requests.length
    const ahead = revision + 1000
    await report('lost', { revision: ahead })
    const { nodes } = await handle.read.nodes()
    expect(nodes).toMatchObject([{ id: 'lost', state: 'ahead', revision: ahead }])
    const { stdout, code } = await runCommand(['nodes', environment], { env: { REDIS_URL: server.url } })
    expect(stdout).toMatch(/^0 of 1 node on the newest revision, 1 ahead of Redis$/m)
    expect(code).toBe(1)
    const raised = await until(
      async () => (await handle.read.status()).current?.revision ?? 0,
      (current) => current > ahead,
    )
    expect(await published()).toBe(text)
    expect(vwo.requests.length).toBeGreaterThan(asked)
    expect((await audit()).at(-1)).toMatchObject({ what: 'raised', revision: String(raised) })
    expect((await handle.read.history())[0]).toMatchObject({ revision: raised, isCurrent: true })

    await report('lost again', { revision: raised + 1000 })
    const askedAt = await redis.hget(keys.refresh, 'raiseAskedAt')
    // It is looked for with each report of a hub.
    const lookedAt = () => redis.hget(keys.refresh, 'lookedForAheadAt')
    const before = await lookedAt()
    await until(lookedAt, (at) => at !== before)
    expect(await redis.hget(keys.refresh, 'raiseAskedAt')).toBe(askedAt)
  })

  it('what VWO has anew is enough', async () => {
    const { vwo, handle, report, revision, whats } = await setUp()
    await vwo.set(running(['checkout-test'], 50))
    await until(
      async () => (await handle.read.status()).current?.revision,
      (current) => current !== revision,
    )
    const current = (await handle.read.status()).current?.revision ?? 0
    // Of before that publication.
    await report('old', { revision: current - 1 })
    expect((await handle.read.nodes()).nodes).toMatchObject([{ state: 'lagging' }])
    expect(await whats()).toEqual(['publish', 'publish'])
  })
})
