import { randomUUID } from 'node:crypto'
import { keysOf } from '@vwo-hub/protocol'
import { clientOption, redisEnv, startRedisCluster } from '@vwo-hub/sandbox'
import vwoSdk from 'vwo-node-sdk'
import { createClient } from '@vwo-hub/client'
import { describe, expect, it } from 'vitest'
import type { Propagation } from '../../packages/hub/dist/environment/read-nodes.js'
import { openEnvironment } from '../support/environment.ts'
import { runCommand } from '../support/cli.ts'
import { startNode } from '../support/nodes.ts'
import { createPublisher } from '../support/publisher.ts'
import { until } from '../support/until.ts'
import { redisForFile } from '../support/redis-for-file.ts'

const { server, cleanUps } = await redisForFile()

const settings = (version: number): string => JSON.stringify({ version, accountId: 5, campaigns: [] })

async function setUp() {
  const environment = `env-${randomUUID()}`
  const keys = keysOf(environment)
  const publisher = await createPublisher(server.url, environment)
  cleanUps.push(publisher.close)
  const { redis, publish } = publisher
  const read = publisher.handle.read.nodes
  /** Puts down what a node would report. */
  const report = async (id: string, fields: Record<string, string | number>, ageMs = 1000) => {
    const now = Date.parse((await read()).now)
    await redis.zadd(keys.nodes, now - ageMs, id)
    await redis.hset(keys.node(id), {
      state: 'ready',
      appliedAt: new Date(now).toISOString(),
      lagMs: '',
      host: 'shop',
      pid: 7,
      sdk: 'vwo-node-sdk/1.73.0',
      client: '1.0.0',
      ...fields,
    })
  }
  const vwoHub = (...args: string[]) =>
    runCommand(['nodes', environment, ...args], { env: { REDIS_URL: server.url } })
  return { environment, keys, redis, publish, read, report, vwoHub }
}

describe('what nodes report', () => {
  it('says how many have the newest revision, how fast it came, and which ones have not got it', async () => {
    const { publish, read, report } = await setUp()
    const first = await publish(settings(1))
    const second = await publish(settings(2))
    const third = await publish(settings(3))
    for (let index = 1; index <= 18; index += 1) {
      await report(`node-${index}`, { revision: third, lagMs: index * 10 })
    }
    await report('began-later', { revision: third })
    await report('far-behind', { revision: first })
    await report('behind', { revision: second })
    const propagation = await read()
    expect(propagation).toMatchObject({
      revision: third,
      current: 19,
      lag: { nodes: 18, p50Ms: 90, p95Ms: 180, maxMs: 180 },
    })
    expect(propagation.nodes).toHaveLength(21)
    expect(propagation.nodes.slice(0, 2)).toMatchObject([
      { id: 'far-behind', state: 'lagging', behindSince: new Date(second).toISOString() },
      { id: 'behind', state: 'lagging', behindSince: new Date(third).toISOString() },
    ])
    expect(propagation.nodes.slice(2).map(({ state }) => state)).toEqual(Array(19).fill('current'))
  })

  it('a state that no client has is taken for none of its own', async () => {
    const { publish, read, report } = await setUp()
    const revision = await publish(settings(1))
    await report('starting', { revision: 0, state: 'starting' })
    await report('stale', { revision, state: 'stale' })
    await report('odd', { revision, state: '"} 1\nevil{' })
    const states = (await read()).nodes.map(({ id, state }) => [id, state])
    expect(Object.fromEntries(states)).toEqual({ odd: 'current', stale: 'stale', starting: 'starting' })
  })

  it('a node that has not reported for 90 s, or whose report has ended, is gone', async () => {
    const { publish, read, report, redis, keys } = await setUp()
    const revision = await publish(settings(1))
    await report('quiet', { revision }, 89_000)
    await report('silent', { revision }, 91_000)
    await report('ended', { revision })
    await redis.del(keys.node('ended'))
    expect((await read()).nodes.map(({ id }) => id)).toEqual(['quiet'])
  })

  it('a thousand nodes are read completely', async () => {
    const { publish, read, report, redis, keys } = await setUp()
    const revision = await publish(settings(1))
    await report('node-0', { revision, lagMs: 5 })
    const now = Date.parse((await read()).now)
    const pipeline = redis.pipeline()
    for (let index = 1; index < 1000; index += 1) {
      pipeline.copy(keys.node('node-0'), keys.node(`node-${index}`))
      pipeline.zadd(keys.nodes, now, `node-${index}`)
    }
    await pipeline.exec()
    expect(await read()).toMatchObject({ current: 1000, lag: { nodes: 1000 } })
  })
})

describe('vwo-hub nodes', () => {
  it('says no where nobody reports, and what to look for', async () => {
    const { vwoHub, publish, environment } = await setUp()
    await publish(settings(1))
    const { code, stdout, stderr } = await vwoHub()
    expect([code, stderr]).toEqual([1, ''])
    expect(stdout).toContain(`No node of "${environment}" has reported within the last 90 s.`)
  })

  it('says no while one is behind, and names it', async () => {
    const { vwoHub, publish, report } = await setUp()
    const first = await publish(settings(1))
    const second = await publish(settings(2))
    await report('shop-1', { revision: second, lagMs: 400 })
    await report('shop-2', { revision: first })
    const { code, stdout } = await vwoHub()
    expect(code).toBe(1)
    expect(stdout).toMatch(/^1 of 2 nodes on the newest revision, p95 0\.40 s, 1 lagging$/m)
    expect(stdout).toMatch(
      new RegExp(`^shop-2 +lagging +${first} +(now|\\d+ s ago) +(now|\\d+ s ago) \\(.+\\)$`, 'm'),
    )
    expect(stdout).not.toMatch(/^shop-1/m)
    const all = await vwoHub('--all')
    expect(all.stdout).toMatch(
      new RegExp(`^shop-1 +current +${second} .* 0\\.40 s .*vwo-node-sdk/1\\.73\\.0`, 'm'),
    )
  })

  it('nothing in a report can steer a terminal', async () => {
    const { vwoHub, publish, report } = await setUp()
    const revision = await publish(settings(1))
    await report('evil\u001B[31m', { revision, sdk: 'evil\u001B]0;title\u0007', client: '\r\n' })
    for (const args of [['--all'], ['--json']]) {
      const { code, stdout } = await vwoHub(...args)
      expect(code).toBe(0)
      expect(stdout).toContain('evil')
      expect(stdout.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u)
    }
  })

  it('gives programs everything as JSON', async () => {
    const { vwoHub, publish, report, environment } = await setUp()
    const revision = await publish(settings(1))
    await report('shop-1', { revision, lagMs: 12 })
    const { code, stdout } = await vwoHub('--json')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      environment,
      revision,
      current: 1,
      lag: { nodes: 1, p50Ms: 12, p95Ms: 12, maxMs: 12 },
      nodes: [{ id: 'shop-1', state: 'current', revision, lagMs: 12, host: 'shop', pid: 7 }],
    })
  })

  it('--wait ends with yes as soon as the last node is there', async () => {
    const { vwoHub, publish, report } = await setUp()
    const first = await publish(settings(1))
    const second = await publish(settings(2))
    await report('shop-1', { revision: first })
    const waiting = vwoHub('--wait', '--timeout', '20')
    await report('shop-1', { revision: second, lagMs: 900 })
    expect(await waiting).toMatchObject({ code: 0, stderr: '' })
  })

  it('--wait ends with no when its time is over', async () => {
    const { vwoHub, publish, report } = await setUp()
    const first = await publish(settings(1))
    await publish(settings(2))
    await report('shop-1', { revision: first })
    expect(await vwoHub('--wait', '--timeout', '0.3')).toMatchObject({ code: 1, stderr: '' })
  })

  it('refuses a time that is none', async () => {
    const { vwoHub } = await setUp()
    const { code, stderr } = await vwoHub('--wait', '--timeout', 'soon')
    expect(code).toBe(2)
    expect(stderr).toContain('expected seconds, from 0 to 3600')
  })
})

describe('given eight nodes in four processes that follow an environment', () => {
  it('the proof follows them: all on the newest, those that hang named, those that left or died gone', async () => {
    const { environment, publish, read, redis, keys, vwoHub } = await setUp()
    const first = await publish(settings(1))
    const processes = Array.from({ length: 4 }, () =>
      startNode({ redisUrl: server.url, environment, clients: 2 }),
    )
    cleanUps.push(() => Promise.all(processes.map(({ kill }) => kill())))
    const isOn = (revision: number, nodes: number) => (seen: Propagation) =>
      seen.nodes.length === nodes && seen.nodes.every((node) => node.revision === revision)
    expect(await until(read, isOn(first, 8))).toMatchObject({ current: 8 })

    const second = await publish(settings(2))
    const spread = await until(read, isOn(second, 8))
    expect(spread.lag?.nodes).toBe(8)
    // Processes on few cores read the clock of Redis late.
    expect(spread.lag?.maxMs).toBeLessThanOrEqual(Date.parse(spread.now) - second + 1000)
    expect(new Set(spread.nodes.map(({ id }) => id)).size).toBe(8)
    expect(await vwoHub()).toMatchObject({
      stderr: '',
      stdout: expect.stringMatching(/^8 of 8 nodes on the newest revision, p95 /),
    })

    const [hanging, leaving, dying] = processes
    hanging?.child.kill('SIGSTOP')
    await leaving?.close()
    await dying?.kill()
    const third = await publish(settings(3))
    const behind = await until(read, ({ current }) => current === 2)
    // What died has not said so; its reports end after 90 s.
    const late = behind.nodes.filter(({ revision }) => revision !== third)
    expect(new Set(late.map(({ pid }) => pid))).toEqual(new Set([hanging?.child.pid, dying?.child.pid]))
    const { code, stdout } = await vwoHub()
    expect(code).toBe(1)
    expect(stdout).toMatch(/^2 of 6 nodes on the newest revision, p95 .* s, 4 lagging$/m)
    expect(stdout).toContain(`-${hanging?.child.pid}-`)
    hanging?.child.kill('SIGCONT')
    await until(read, ({ current }) => current === 4)
    expect(await redis.zcard(keys.nodes)).toBe(6)
  })
})

describe('given a Redis Cluster', () => {
  it('nodes report and are read in it as anywhere', async () => {
    const cluster = await startRedisCluster()
    cleanUps.push(cluster.close)
    // Names of different slots: at least two nodes of the cluster have a part in it.
    const environments = ['prod', 'stage', 'test', 'dev']
    // Nothing is published, and said to be missing.
    const others: string[] = []
    for (const environment of environments) {
      const vwo = createClient({
        environment,
        redis: clientOption(cluster.config),
        sdk: vwoSdk,
        launch: { isDevelopmentMode: true },
        node: `shop-of-${environment}`,
      })
      vwo.on('error', ({ code }) => {
        if (code !== 'settings-missing') others.push(code)
      })
      cleanUps.push(vwo.close)
    }
    for (const environment of environments) {
      const { handle, store } = await openEnvironment(cluster.config, environment)
      cleanUps.push(store.close)
      const { nodes } = await until(handle.read.nodes, (seen) => seen.nodes.length === 1)
      expect(nodes).toMatchObject([{ id: `shop-of-${environment}`, state: 'starting', revision: 0 }])
    }
    expect(others).toEqual([])
    const { code, stdout, stderr } = await runCommand(['nodes', 'prod', '--json'], {
      env: redisEnv(cluster.config),
    })
    expect([code, stderr]).toEqual([1, ''])
    expect(JSON.parse(stdout)).toMatchObject({ current: 0, nodes: [{ id: 'shop-of-prod' }] })
  })
})
