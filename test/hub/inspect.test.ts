import { randomUUID } from 'node:crypto'
import { keysOf } from '@vwo-hub/protocol'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createPublisher, type Publisher } from '../support/publisher.ts'
import { redisForFile } from '../support/redis-for-file.ts'

const { server } = await redisForFile()
const open: Publisher[] = []

afterEach(() => {
  for (const publisher of open.splice(0)) publisher.close()
})

async function setUp() {
  const environment = `env-${randomUUID()}`
  const publisher = await createPublisher(server.url, environment)
  open.push(publisher)
  return { ...publisher, ...publisher.handle, environment, keys: keysOf(environment) }
}

const textOf = (version: number) => JSON.stringify({ version, accountId: 1, campaigns: [] })

describe('the status of an environment', () => {
  it('tells what is published, as numbers where they are numbers', async () => {
    const { read, publish } = await setUp()
    const revision = await publish(textOf(1))
    const { current, refresh, audit, now } = await read.status()
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

  it('tells of a pin and of what is held back', async () => {
    const { read, publish, redis, keys } = await setUp()
    await publish(textOf(1))
    await redis.hset(keys.meta, {
      pinnedUntil: '2025-11-24T16:00:00.000Z',
      held: '9 of 12 campaigns would end',
    })
    expect((await read.status()).current).toMatchObject({
      pinnedUntil: '2025-11-24T16:00:00.000Z',
      held: '9 of 12 campaigns would end',
    })
  })

  it('lists hubs whose clocks differ by hours, each since it has started', async () => {
    const { read, handle } = await setUp()
    const realNow = Date.now()
    vi.useFakeTimers({ toFake: ['Date'] })
    try {
      for (const [id, shiftMs] of Object.entries({ behind: -3_600_000, right: 0, ahead: 7_200_000 })) {
        vi.setSystemTime(realNow + shiftMs)
        await handle.hubs.report(id, { state: 'ready' }, 60_000)
        await handle.hubs.report(id, { state: 'ready' }, 65_000)
      }
    } finally {
      vi.useRealTimers()
    }
    const { hubs, now } = await read.status()
    expect(hubs.map(({ id }) => id).toSorted()).toEqual(['ahead', 'behind', 'right'])
    for (const { startedAt } of hubs) {
      const uptimeMs = Date.parse(now) - Date.parse(startedAt)
      expect(uptimeMs).toBeGreaterThanOrEqual(60_000)
      expect(uptimeMs).toBeLessThan(65_000)
    }
  })

  it('does not list a hub that was forgotten while its last report was on its way', async () => {
    const { read, handle } = await setUp()
    await Promise.all([handle.hubs.report('hub-a', { state: 'closing' }), handle.hubs.forget('hub-a')])
    expect((await read.status()).hubs).toEqual([])
  })

  it('lists the hubs that report, last seen first, and not those whose report has expired', async () => {
    const { read, handle, redis, keys } = await setUp()
    const report = {
      state: 'ready',
      startedAt: '2025-11-24T16:00:00.000Z',
      host: 'a',
      pid: 1,
      version: '1.0.0',
      revision: 5,
    }
    await handle.hubs.report('hub-a', report)
    await handle.hubs.report('hub-b', {
      ...report,
      lastFetchAt: '2025-11-24T16:01:00.000Z',
      lastFetchResult: 'vwo-unreachable',
      lastFetchMessage: 'VWO does not answer',
    })
    await redis.zadd(keys.hubs, Date.now() + 1000, 'hub-b', Date.now() + 2000, 'hub-c')
    const { hubs } = await read.status()
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
    const { read, redis, keys } = await setUp()
    await redis.hset(keys.meta, { revision: '12x' })
    await redis.hset(keys.refresh, { requested: '-1', leaseUntil: 'soon' })
    await redis.xadd(keys.audit, '*', 'odd', 'entry')
    expect(await read.status()).toMatchObject({
      current: undefined,
      refresh: { requested: 0 },
      audit: [{ what: '', summary: '', revision: undefined }],
    })
  })

  it('says which key has the wrong type, and tells the rest', async () => {
    const { read, redis, keys, publish } = await setUp()
    const revision = await publish(textOf(1))
    await redis.set(keys.audit, 'not a stream')
    await redis.set(keys.hubs, 'no set')
    expect(await read.status()).toMatchObject({
      current: { revision },
      hubs: [],
      audit: [],
      damaged: ['hubs', 'audit'],
    })
    expect(await read.history()).toMatchObject([{ revision, summary: 'published by a test' }])
  })
})

describe('the history of an environment', () => {
  it('lists the revisions, newest first, with what the audit stream says of each', async () => {
    const { read, publish, handle } = await setUp()
    const first = await publish(textOf(1))
    await handle.note({ what: 'refused', revision: String(first), summary: 'a candidate was refused' })
    const second = await publish(textOf(22))
    const history = await read.history()
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
    expect(await read.revisions()).toEqual([second, first])
  })

  it('says who rolled back, and why', async () => {
    const { read, redis, keys, publish } = await setUp()
    const revision = await publish(textOf(1))
    // As before hubs kept with each revision what is told of it.
    await redis.del(keys.audit, keys.told)
    const act = {
      what: 'rollback',
      revision,
      summary: 'back to 5',
      trigger: 'rollback',
      as: 'ann',
      reason: 'incident',
    }
    await redis.xadd(keys.audit, '*', ...Object.entries(act).flat().map(String))
    expect(await read.history()).toMatchObject([
      { revision, summary: 'back to 5', trigger: 'rollback', as: 'ann', reason: 'incident' },
    ])
  })

  it('goes on where the audit stream has forgotten: a revision tells its own time', async () => {
    const { read, publish, redis, keys, handle } = await setUp()
    const revision = await publish(textOf(1))
    await redis.del(keys.audit, keys.told)
    await handle.note({ what: 'refused', revision: String(revision), summary: 'this is no publication' })
    expect(await read.history()).toMatchObject([
      { revision, publishedAt: new Date(revision).toISOString(), summary: undefined, trigger: undefined },
    ])
  })
})

describe('the settings of a revision', () => {
  it('are refused by name when they are not kept', async () => {
    const { read, environment } = await setUp()
    await expect(read.revision(5)).rejects.toMatchObject({
      code: 'not-found',
      message: `Revision 5 of "${environment}" is not kept any more. See "vwo-hub history".`,
    })
  })
})
