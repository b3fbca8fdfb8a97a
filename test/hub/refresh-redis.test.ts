import { randomUUID } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { describe, expect, it } from 'vitest'
import { HubError } from '../../packages/hub/dist/errors.js'
import { createLog } from '../../packages/hub/dist/log/log.js'
import type { RefreshCommands } from '../../packages/hub/dist/environment/refresh-commands.js'
import { createFakeVwo, startRefreshers } from '../support/refreshers.ts'
import { until } from '../support/until.ts'
import { redisForFile } from '../support/redis-for-file.ts'
import { refreshing } from '../support/refreshing.ts'

const { server } = await redisForFile()
const { open, cleanUps, setUp } = refreshing(server)

describe('given an answer of Redis that is lost', () => {
  /** The lease is taken, and the hub does not hear of it. */
  function losingOneLease(log: string[]) {
    return (refresh: RefreshCommands): RefreshCommands => ({
      ...refresh,
      async acquire(input) {
        log.push(`acquire ${input.token}`)
        const state = await refresh.acquire(input)
        if (log.length === 1 && state.state === 'leased') throw new Error('Command timed out')
        return state
      },
      async giveBack(token) {
        log.push(`release ${token}`)
        return await refresh.giveBack(token)
      },
    })
  }

  it('[invariant 5] a hub gives back the lease that it may have, so that nobody waits for its end', async () => {
    const log: string[] = []
    await setUp({ wrap: losingOneLease(log) })
    const lost = log[0]?.replace('acquire ', '')
    expect(log[1]).toBe(`release ${lost}`)
    expect(log[2]).toMatch(/^acquire /)
    expect(log[2]).not.toBe(log[0])
  })
})

describe('given a Redis that is away when a hub starts', () => {
  it('the hub asks when it starts, and when it is told that Redis is back, and not in every turn of the event loop', async () => {
    let asked = 0
    let isAway = true
    const cluster = await startRefreshers({
      ...{ url: server.url, environment: `env-${randomUUID()}`, vwo: createFakeVwo('A'), recheckGapsMs: [] },
      wrap: (refresh) => ({
        ...refresh,
        async request(trigger) {
          asked += 1
          if (isAway) throw new Error("Stream isn't writeable and enableOfflineQueue options is false")
          return await refresh.request(trigger)
        },
      }),
    })
    open.push(cluster)
    for (let turn = 0; turn < 100; turn += 1) await nextTurn()
    expect(asked).toBeGreaterThan(0)
    // Its connection may have said so already.
    expect(asked).toBeLessThanOrEqual(2)
    isAway = false
    cluster.members[0]?.refresher.reconcile()
    await until(
      () => cluster.observer.get(cluster.keys.settings),
      (text) => text === 'A',
    )
  })
})

describe('given a Redis that has lost what it knew', () => {
  it('[invariant 5] the hub puts the revision back, and asks VWO again, without any poll', async () => {
    const { vwo, keys, observer, settings } = await setUp({ pollIntervalMs: 0 })
    const revision = await observer.hget(keys.meta, 'revision')
    vwo.isAnswering = false
    vwo.content = 'B'
    const subscriber = new Redis(server.url)
    const messages: string[] = []
    subscriber.on('message', (_channel: string, message: string) => messages.push(message))
    await subscriber.subscribe(keys.updates)
    await observer.flushall()
    await until(settings, (text) => text === 'A')
    expect(await observer.hget(keys.meta, 'revision')).toBe(revision)
    vwo.isAnswering = true
    await until(settings, (text) => text === 'B')
    expect(Number(await observer.hget(keys.meta, 'revision'))).toBeGreaterThan(Number(revision))
    await until(
      () => messages.length,
      (count) => count >= 2,
    )
    subscriber.disconnect()
    const revisions = messages.map((message) => (JSON.parse(message) as { revision: number }).revision)
    expect(revisions).toEqual([...revisions].sort((a, b) => a - b))
  })

  it('[invariant 1] a ticket that only the hub remembers is still honoured', async () => {
    const { vwo, cluster, keys, observer, settings, isDone } = await setUp()
    vwo.isAnswering = false
    const { refresher } = cluster.members[0] ?? expect.fail('no member')
    const asked = vwo.asked.length
    await refresher.request('webhook')
    await until(
      () => vwo.asked.length,
      (count) => count > asked,
    )
    await refresher.request('webhook')
    // A fail-over to a replica that never heard of the second webhook.
    await observer.hincrby(keys.refresh, 'requested', -1)
    vwo.content = 'B'
    vwo.isAnswering = true
    await until(settings, (text) => text === 'B')
    await until(isDone, Boolean)
    await until(refresher.isOwing, (isOwing) => !isOwing)
  })
})

describe.each([3600, 45])("given that Redis' clock is set back by %i s", (stepSeconds) => {
  it('[invariant 1] neither a wait nor the lease of a hub that is no more lasts until the old time', async () => {
    const { vwo, cluster, keys, observer, settings } = await setUp()
    const { refresher } = cluster.members[0] ?? expect.fail('no member')
    const [seconds] = await observer.time()
    const before = (Number(seconds) + stepSeconds) * 1000
    await observer.hset(keys.refresh, { fruitless: 5, notBefore: before, lastFetchAt: before })
    vwo.content = 'B'
    await refresher.request('webhook')
    await until(settings, (text) => text === 'B')
    await observer.hset(keys.refresh, { owner: 'gone', leaseUntil: before })
    vwo.content = 'C'
    await refresher.request('webhook')
    await until(settings, (text) => text === 'C')
  })

  it('polls go on', async () => {
    const { vwo, keys, observer, settings } = await setUp({ pollIntervalMs: 100_000 })
    const [seconds] = await observer.time()
    vwo.content = 'B'
    await observer.hset(keys.refresh, { lastFetchAt: (Number(seconds) + stepSeconds) * 1000 })
    await until(settings, (text) => text === 'B')
  })
})

describe('given a Redis that has not the settings-file any more, and kept its meta', () => {
  it.each<[what: string, spoil: (redis: Redis, key: string) => Promise<unknown>]>([
    ['thrown away', (redis, key) => redis.del(key)],
    ['written over', (redis, key) => redis.set(key, 'garbage')],
    ['emptied', (redis, key) => redis.set(key, '')],
  ])('[invariant 5] the hub puts back what was %s, though VWO is down', async (_, spoil) => {
    const { vwo, keys, observer, settings } = await setUp()
    const revision = String(await observer.hget(keys.meta, 'revision'))
    vwo.failure = new HubError('vwo-unreachable', 'VWO answered 500.')
    await observer.del(keys.settingsOf(Number(revision)))
    await spoil(observer, keys.settings)
    await until(settings, (text) => text === 'A')
    expect(await observer.get(keys.settingsOf(Number(revision)))).toBe('A')
    expect(await observer.hget(keys.meta, 'revision')).toBe(revision)
    expect(await observer.xlen(keys.audit)).toBe(1)
  })
})

describe('given a Redis that answers, and refuses', () => {
  it('says so in the log once, until it is another reason or over', async () => {
    const admin = new Redis(server.url)
    cleanUps.push(async () => admin.disconnect())
    const user = `hub-${randomUUID()}`
    const allow = (...rules: string[]) => admin.call('ACL', 'SETUSER', user, 'on', '>the-password', ...rules)
    await allow('~*', '&*', '+@all', '-evalsha', '-eval')
    const lines: string[] = []
    const destination = { write: (line: string) => void lines.push(line) }
    const refusals = () => lines.filter((line) => line.includes('Redis refuses what a refresh needs'))
    let looks = 0
    const cluster = await startRefreshers({
      url: server.url.replace('redis://', `redis://${user}:the-password@`),
      environment: `env-${randomUUID()}`,
      vwo: createFakeVwo('A'),
      log: createLog({ level: 'info', secrets: [], destination }),
      wrap: (refresh) => ({
        ...refresh,
        request: async (trigger) => {
          looks += 1
          return await refresh.request(trigger)
        },
      }),
    })
    open.push(cluster)
    await until(
      () => looks,
      (count) => count > 3,
    )
    const told = refusals().map((line) => (JSON.parse(line) as { reason: string }).reason)
    expect(told[0]).toMatch(/NOPERM.*eval/)
    expect(told).toEqual([...new Set(told)])
    await allow('+evalsha', '+eval')
    await until(
      () => admin.get(cluster.keys.settings),
      (text) => text === 'A',
    )
    await allow('-evalsha')
    await until(refusals, ({ length }) => length > told.length)
  })
})
