import { randomUUID } from 'node:crypto'
import { keysOf } from '@vwo-hub/protocol'
import { type RedisServer, startRedisServer } from '@vwo-hub/hub/testing'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  readAuditAfter,
  readHistory,
  readRevisions,
  readSettings,
  readStatus,
} from '../../packages/hub/dist/environment/inspect.js'
import { createPublisher, type Publisher } from '../support/publisher.ts'

let server: RedisServer
const open: Publisher[] = []

beforeAll(async () => {
  server = await startRedisServer()
})
afterEach(() => {
  for (const publisher of open.splice(0)) publisher.close()
})
afterAll(async () => {
  await server.close()
})

async function setUp() {
  const environment = `env-${randomUUID()}`
  const publisher = await createPublisher(server.url, environment)
  open.push(publisher)
  const where = [publisher.redis, environment, 'vwo'] as const
  return { ...publisher, environment, where, keys: keysOf(environment) }
}

const textOf = (version: number) => JSON.stringify({ version, accountId: 1, campaigns: [] })

describe('the status of an environment', () => {
  it('is complete where nothing has ever been stored', async () => {
    const { where, environment } = await setUp()
    const status = await readStatus(...where)
    expect(status).toEqual({
      environment,
      now: status.now,
      current: undefined,
      refresh: { requested: 0, completed: 0, fruitless: 0 },
      hubs: [],
      audit: [],
    })
    expect(new Date(status.now).toISOString()).toBe(status.now)
  })

  it('tells what is published, as numbers where they are numbers', async () => {
    const { where, publish } = await setUp()
    const revision = await publish(textOf(1))
    const { current, refresh, audit, now } = await readStatus(...where)
    expect(current).toMatchObject({
      revision,
      bytes: textOf(1).length,
      campaigns: 0,
      protocol: 1,
      trigger: 'manual',
      accountId: '1',
      sdk: 'vwo-node-sdk/1.73.0',
    })
    expect(current).not.toHaveProperty('pinnedUntil')
    expect(refresh).toMatchObject({ requested: 1, completed: 1, fruitless: 0 })
    expect(refresh).not.toHaveProperty('owner')
    expect(Date.parse(refresh.lastFetchAt ?? '')).toBeLessThanOrEqual(Date.parse(now))
    expect(audit).toMatchObject([
      { what: 'publish', revision, summary: 'published by a test', trigger: 'manual' },
    ])
  })

  it('tells who fetches, and until when', async () => {
    const { where, store } = await setUp()
    await store.request('webhook')
    await store.acquire({ token: 'attempt-1', leaseMs: 5000, owed: 0, pollIntervalMs: 0 })
    const { refresh, now } = await readStatus(...where)
    expect(refresh).toMatchObject({ requested: 1, completed: 0, owner: 'attempt-1', trigger: 'webhook' })
    const leaseMs = Date.parse(refresh.leaseUntil ?? '') - Date.parse(now)
    expect(leaseMs).toBeGreaterThan(0)
    expect(leaseMs).toBeLessThanOrEqual(5000)
  })

  it('tells of a pin and of what is held back', async () => {
    const { where, publish, redis, keys } = await setUp()
    await publish(textOf(1))
    await redis.hset(keys.meta, {
      pinnedUntil: '2025-11-24T16:00:00.000Z',
      held: '9 of 12 campaigns would end',
    })
    expect((await readStatus(...where)).current).toMatchObject({
      pinnedUntil: '2025-11-24T16:00:00.000Z',
      held: '9 of 12 campaigns would end',
    })
  })

  it('lists hubs whose clocks differ by hours, each since it has started', async () => {
    const { where, store } = await setUp()
    const realNow = Date.now()
    vi.useFakeTimers({ toFake: ['Date'] })
    try {
      for (const [id, shiftMs] of Object.entries({ behind: -3_600_000, right: 0, ahead: 7_200_000 })) {
        vi.setSystemTime(realNow + shiftMs)
        await store.reportHub(id, { state: 'ready' }, 60_000)
        await store.reportHub(id, { state: 'ready' }, 65_000)
      }
    } finally {
      vi.useRealTimers()
    }
    const { hubs, now } = await readStatus(...where)
    expect(hubs.map(({ id }) => id)).toEqual(['ahead', 'right', 'behind'])
    for (const { startedAt } of hubs) {
      const uptimeMs = Date.parse(now) - Date.parse(startedAt)
      expect(uptimeMs).toBeGreaterThanOrEqual(60_000)
      expect(uptimeMs).toBeLessThan(65_000)
    }
  })

  it('does not list a hub that was forgotten while its last report was on its way', async () => {
    const { where, store } = await setUp()
    await Promise.all([store.reportHub('hub-a', { state: 'closing' }), store.forgetHub('hub-a')])
    expect((await readStatus(...where)).hubs).toEqual([])
  })

  it('lists the hubs that report, last seen first, and not those whose report has expired', async () => {
    const { where, store, redis, keys } = await setUp()
    const report = {
      state: 'ready',
      startedAt: '2025-11-24T16:00:00.000Z',
      host: 'a',
      pid: 1,
      version: '1.0.0',
      revision: 5,
    }
    await store.reportHub('hub-a', report)
    await store.reportHub('hub-b', {
      ...report,
      lastFetchAt: '2025-11-24T16:01:00.000Z',
      lastFetchResult: 'vwo-unreachable',
      lastFetchMessage: 'VWO does not answer',
    })
    await redis.zadd(keys.hubs, Date.now() + 1000, 'hub-b', Date.now() + 2000, 'hub-c')
    const { hubs } = await readStatus(...where)
    expect(hubs).toEqual([
      {
        id: 'hub-b',
        ...report,
        lastFetch: {
          at: '2025-11-24T16:01:00.000Z',
          result: 'vwo-unreachable',
          message: 'VWO does not answer',
        },
      },
      { id: 'hub-a', ...report },
    ])
  })

  it('survives what other programs have written', async () => {
    const { where, redis, keys } = await setUp()
    await redis.hset(keys.meta, { revision: '12x' })
    await redis.hset(keys.refresh, { requested: '-1', leaseUntil: 'soon' })
    await redis.xadd(keys.audit, '*', 'odd', 'entry')
    expect(await readStatus(...where)).toMatchObject({
      current: undefined,
      refresh: { requested: 0 },
      audit: [{ what: '', summary: '', revision: undefined }],
    })
  })

  it('says which key has the wrong type', async () => {
    const { where, redis, keys } = await setUp()
    await redis.set(keys.audit, 'not a stream')
    await expect(readStatus(...where)).rejects.toThrow(/WRONGTYPE/)
  })
})

describe('the history of an environment', () => {
  it('lists the revisions, newest first, with what the audit stream says of each', async () => {
    const { where, publish, store } = await setUp()
    const first = await publish(textOf(1))
    await store.audit({ what: 'refused', revision: String(first), summary: 'a candidate was refused' })
    const second = await publish(textOf(22))
    const history = await readHistory(...where)
    expect(history).toMatchObject([
      { revision: second, isCurrent: true, bytes: textOf(22).length, campaigns: 0, trigger: 'manual' },
      {
        revision: first,
        isCurrent: false,
        bytes: textOf(1).length,
        campaigns: 0,
        summary: 'published by a test',
      },
    ])
    expect(await readRevisions(...where)).toEqual([second, first])
  })

  it('says who rolled back, and why', async () => {
    const { where, redis, keys, publish } = await setUp()
    const revision = await publish(textOf(1))
    await redis.del(keys.audit)
    const act = {
      what: 'rollback',
      revision,
      summary: 'back to 5',
      trigger: 'rollback',
      as: 'ann',
      reason: 'incident',
    }
    await redis.xadd(keys.audit, '*', ...Object.entries(act).flat().map(String))
    expect(await readHistory(...where)).toMatchObject([
      { revision, summary: 'back to 5', trigger: 'rollback', as: 'ann', reason: 'incident' },
    ])
  })

  it('goes on where the audit stream has forgotten: a revision tells its own time', async () => {
    const { where, publish, redis, keys, store } = await setUp()
    const revision = await publish(textOf(1))
    await redis.del(keys.audit)
    await store.audit({ what: 'refused', revision: String(revision), summary: 'this is no publication' })
    expect(await readHistory(...where)).toMatchObject([
      { revision, publishedAt: new Date(revision).toISOString(), summary: undefined, trigger: undefined },
    ])
  })

  it('is empty before the first publication', async () => {
    const { where } = await setUp()
    expect(await readHistory(...where)).toEqual([])
  })
})

describe('the settings of a revision', () => {
  it('are the text as it was published', async () => {
    const { where, publish } = await setUp()
    const first = await publish(textOf(1))
    await publish(textOf(2))
    expect(await readSettings(...where, first)).toEqual({ revision: first, text: textOf(1) })
  })

  it('are refused by name when they are not kept', async () => {
    const { where, environment } = await setUp()
    await expect(readSettings(...where, 5)).rejects.toMatchObject({
      code: 'not-found',
      message: `Revision 5 of "${environment}" is not kept any more. See "vwo-hub history".`,
    })
  })
})

describe('the audit stream', () => {
  it('can be read on from an entry', async () => {
    const { where, store } = await setUp()
    await store.audit({ what: 'failed', summary: 'one' })
    const [last] = (await readStatus(...where)).audit
    await store.audit({ what: 'failed', summary: 'two' })
    await store.audit({ what: 'recovered', summary: 'three' })
    const entries = await readAuditAfter(...where, last?.id ?? '')
    expect(entries.map(({ summary }) => summary)).toEqual(['two', 'three'])
  })
})
