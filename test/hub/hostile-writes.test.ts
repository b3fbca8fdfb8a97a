import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { describe, expect, it } from 'vitest'
import { keysOf } from '@vwo-hub/protocol'
import { createLog } from '../../packages/hub/dist/log/log.js'
import { createFakeVwo, startRefreshers } from '../support/refreshers.ts'
import { until } from '../support/until.ts'
import { redisForFile } from '../support/redis-for-file.ts'

const { server, cleanUps } = await redisForFile()

type Keys = ReturnType<typeof keysOf>

async function setUp(options: { readonly count?: number } = {}) {
  const environment = `env-${randomUUID()}`
  const vwo = createFakeVwo('A')
  const lines: { level: string; of?: string }[] = []
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) }
  const log = createLog({ level: 'info', secrets: [], destination })
  const cluster = await startRefreshers({ url: server.url, environment, vwo, log, ...options })
  cleanUps.push(cluster.close)
  const { observer, keys } = cluster
  const settings = () => observer.get(keys.settings)
  await until(settings, (text) => text === 'A')
  // Until nobody fetches: the end of an attempt writes the counters anew.
  await until(
    () => cluster.members.some((member) => member.refresher.isOwing()),
    (isOwing) => !isOwing,
  )
  await until(
    () => observer.hget(keys.refresh, 'owner'),
    (owner) => owner === null,
  )
  /** Of which key or field the audit says that it was reset. */
  const resets = async () =>
    (await observer.xrange(keys.audit, '-', '+'))
      .filter(([, fields]) => fields[1] === 'reset')
      .map(([, fields]) => fields[3])
  const logged = () => lines.flatMap(({ of }) => (of === undefined ? [] : [of]))
  const [member = expect.fail('no member')] = cluster.members
  return { vwo, cluster, observer, keys, settings, resets, logged, refresher: member.refresher }
}

const ofOtherType = (redis: Redis, key: string) => redis.set(key, 'x')

const asList = (redis: Redis, key: string) => redis.multi().del(key).rpush(key, 'x').exec()

/** What somebody writes, and what is said to have been reset. */
const variants: Record<string, [write: (redis: Redis, keys: Keys) => Promise<unknown>, told: string[]]> = {
  'completed above requested': [
    (redis, { refresh }) => redis.hincrby(refresh, 'completed', 7),
    ['completed'],
  ],
  'completed 2^53': [
    (redis, { refresh }) => redis.hincrby(refresh, 'completed', '9007199254740992'),
    ['completed'],
  ],
  'completed inf': [(redis, { refresh }) => redis.hset(refresh, 'completed', 'inf'), ['completed']],
  'requested inf': [(redis, { refresh }) => redis.hset(refresh, 'requested', 'inf'), ['requested']],
  'requested nan': [(redis, { refresh }) => redis.hset(refresh, 'requested', 'nan'), ['requested']],
  'requested -1': [(redis, { refresh }) => redis.hset(refresh, 'requested', '-1'), ['requested']],
  'requested with an exponent': [
    (redis, { refresh }) => redis.hset(refresh, { requested: '1e300', completed: '1e300' }),
    ['requested', 'completed'],
  ],
  'requested near 2^63': [
    (redis, { refresh }) => redis.hincrby(refresh, 'requested', '9223372036854775000'),
    ['requested'],
  ],
  'both just below 2^53': [
    (redis, { refresh }) =>
      redis.hset(refresh, { requested: '9007199254740991', completed: '9007199254740991' }),
    ['requested'],
  ],
  'no requested': [(redis, { refresh }) => redis.hdel(refresh, 'requested'), ['completed']],
  'times and counts that are none': [
    (redis, { refresh }) =>
      redis.hset(refresh, {
        notBefore: 'inf',
        leaseUntil: 'nan',
        lastFetchAt: 'x',
        fruitless: 'inf',
        answered: '-5',
      }),
    ['leaseUntil', 'notBefore', 'lastFetchAt', 'fruitless', 'answered'],
  ],
  'a wait and a lease for ever': [
    (redis, { refresh }) =>
      redis.hset(refresh, { notBefore: '9007199254740991', leaseUntil: '9007199254740991', owner: 'nobody' }),
    [],
  ],
  'no refresh': [(redis, { refresh }) => redis.del(refresh), []],
  'refresh of another type': [(redis, { refresh }) => ofOtherType(redis, refresh), ['refresh']],
  'meta of another type': [(redis, { meta }) => ofOtherType(redis, meta), ['meta']],
  'revisions of another type': [(redis, { revisions }) => ofOtherType(redis, revisions), ['revisions']],
  'settings of another type': [(redis, { settings }) => asList(redis, settings), ['settings']],
  'audit of another type': [(redis, { audit }) => ofOtherType(redis, audit), ['audit']],
  'audit with an entry after which there is none': [
    (redis, { audit }) => redis.xadd(audit, '18446744073709551615-18446744073709551615', 'what', 'x'),
    ['audit'],
  ],
}

describe('[invariant 1] nothing that others write into Redis stops refreshes', () => {
  it.each(Object.entries(variants))('%s', async (_, [write, told]) => {
    const { vwo, observer, keys, settings, resets, logged, refresher } = await setUp({ count: 2 })
    await write(observer, keys)
    vwo.content = 'B'
    await refresher.request('webhook')
    await until(settings, (text) => text === 'B', 8000)
    await until(
      () => observer.hmget(keys.refresh, 'requested', 'completed'),
      ([requested, completed]) => Number(requested) > 0 && requested === completed,
    )
    await until(refresher.isOwing, (isOwing) => !isOwing)
    expect(new Set(await resets())).toEqual(new Set(told))
    await until(logged, (names) => names.length >= told.length)
    expect(logged().toSorted()).toEqual([...told].toSorted())
    vwo.content = 'C'
    await refresher.request('webhook')
    await until(settings, (text) => text === 'C')
  })

  it('while a hub fetches, and whoever goes on is told of once', async () => {
    const { vwo, observer, keys, settings, resets, logged, refresher } = await setUp()
    vwo.isAnswering = false
    const asked = vwo.asked.length
    await refresher.request('webhook')
    await until(
      () => vwo.asked.length,
      (count) => count > asked,
    )
    await ofOtherType(observer, keys.refresh)
    vwo.content = 'B'
    vwo.isAnswering = true
    await until(settings, (text) => text === 'B')
    for (let times = 0; times < 3; times += 1) {
      await ofOtherType(observer, keys.refresh)
      await until(
        () => observer.type(keys.refresh),
        (type) => type === 'hash',
      )
    }
    expect(await resets()).toEqual(['refresh'])
    expect(logged()).toEqual(['refresh'])
  })
})

describe('requests of apps', () => {
  it.each<[what: string, write: (redis: Redis, asks: string) => Promise<unknown>, told: string[]]>([
    ['a request', (redis, asks) => redis.incr(asks), []],
    ['many at once', (redis, asks) => redis.incrby(asks, 1000), []],
    ['a fail-over that has lost some', (redis, asks) => redis.set(asks, '1'), []],
    ['another type', asList, ['asks']],
    ['a megabyte', (redis, asks) => redis.set(asks, '1'.repeat(1e6)), ['asks']],
    ['no number', (redis, asks) => redis.set(asks, 'inf'), ['asks']],
    ['a negative number', (redis, asks) => redis.set(asks, '-3'), ['asks']],
    ['one that is too high', (redis, asks) => redis.set(asks, '9007199254740992'), ['asks']],
  ])('count as one: %s', async (_, write, told) => {
    const { vwo, observer, keys, settings, resets } = await setUp()
    await observer.set(keys.asks, '2')
    await until(
      () => observer.hget(keys.refresh, 'answered'),
      (answered) => answered === '2',
    )
    const before = Number(await observer.hget(keys.refresh, 'completed'))
    vwo.content = 'B'
    await write(observer, keys.asks)
    await until(settings, (text) => text === 'B')
    expect(await observer.hmget(keys.refresh, 'requested', 'completed', 'answered')).toEqual([
      String(before + 1),
      String(before + 1),
      (await observer.get(keys.asks)) ?? '0',
    ])
    expect(await resets()).toEqual(told)
  })

  it('outlast a wait, also one that was no count', async () => {
    const { vwo, observer, keys, settings } = await setUp()
    const [seconds] = await observer.time()
    await observer.hset(keys.refresh, { notBefore: (Number(seconds) + 3) * 1000, fruitless: 1 })
    vwo.content = 'B'
    await observer.set(keys.asks, 'nothing')
    await until(
      () => observer.exists(keys.asks),
      (exists) => exists === 0,
    )
    expect(await settings()).toBe('A')
    await until(settings, (text) => text === 'B')
  })
})
