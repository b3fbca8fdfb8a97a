import { startRedisServer } from '@vwo-hub/sandbox'
import { describe, expect, it } from 'vitest'
import { acting, ann, HOUR_MS, traffic } from '../support/acting.ts'
import { running } from '../support/hubs.ts'
import { redisForFile } from '../support/redis-for-file.ts'
import { until } from '../support/until.ts'

const { server, cleanUps } = await redisForFile()
const setUp = acting(server, cleanUps)

describe('given what is pinned', () => {
  it('what VWO sends is fetched, checked and noted once, and not published; what was accepted is done', async () => {
    const { acts, vwo, settled, trafficNow, audit, refresh, meta } = await setUp()
    await acts.pin({ ...ann, forMs: HOUR_MS })
    for (const percentTraffic of [20, 30]) {
      await vwo.set(traffic(percentTraffic))
      await settled()
      await vwo.post()
      await settled()
    }
    expect(await trafficNow()).toBe('10')
    expect(await refresh()).toMatchObject({ requested: '5', completed: '5' })
    expect((await audit()).slice(1).map(({ what, summary }) => [what, summary])).toEqual([
      ['pin', `pinned until ${(await meta())['pinnedUntil']}`],
      ['pinned', 'checkout-test: traffic 10 → 20 %'],
      ['pinned', 'checkout-test: traffic 10 → 30 %'],
    ])
    expect((await meta())['waiting']).toBe('checkout-test: traffic 10 → 30 %')
  })

  it('a broken settings-file is refused as ever', async () => {
    const { acts, vwo, whats, meta } = await setUp()
    await acts.pin({ ...ann, forMs: HOUR_MS })
    await vwo.set({ version: 1, accountId: 7, campaigns: [] })
    await until(whats, (seen) => seen.includes('refused'))
    expect(await meta()).not.toHaveProperty('waiting')
  })

  it('nothing waits any more once VWO has the published settings again', async () => {
    const { acts, vwo, meta } = await setUp()
    await acts.pin({ ...ann, forMs: HOUR_MS })
    await vwo.set(traffic(20))
    await until(meta, ({ waiting }) => waiting !== undefined)
    await vwo.set(traffic(10))
    expect(await until(meta, ({ waiting }) => waiting === undefined)).toHaveProperty('pinnedUntil')
  })

  it('ends by itself, by Redis’ clock: one hub of several says so, and the newest is published at once', async () => {
    const { acts, vwo, meta, trafficNow, audit } = await setUp({ hubs: 3 })
    await acts.pin({ ...ann, forMs: 1000 })
    await vwo.set(traffic(20))
    await until(meta, ({ waiting }) => waiting !== undefined)
    await until(trafficNow, (seen) => seen === '20')
    expect(await meta()).not.toHaveProperty('pinnedUntil')
    expect(await meta()).not.toHaveProperty('waiting')
    const entries = await audit()
    expect(entries.map(({ what }) => what)).toEqual(['publish', 'pin', 'pinned', 'unpin', 'publish'])
    expect(entries[3]).toMatchObject({ summary: 'the pin has come to its end' })
    // Nobody has asked for it, and nobody is said to have.
    expect(entries[4]).toMatchObject({ trigger: 'pin' })
  })

  it('ends when somebody ends it, with a refresh', async () => {
    const { acts, vwo, meta, trafficNow, audit } = await setUp()
    const { pinnedUntil } = await acts.pin({ ...ann, forMs: HOUR_MS })
    await vwo.set(traffic(20))
    await until(meta, ({ waiting }) => waiting !== undefined)
    expect(await acts.unpin({ as: 'ben' })).toMatchObject({ pinnedUntil })
    await until(trafficNow, (seen) => seen === '20')
    expect((await audit()).find(({ what }) => what === 'unpin')).toMatchObject({ as: 'ben' })
    await expect(acts.unpin({ as: 'ben' })).rejects.toMatchObject({ code: 'not-possible' })
  })

  it('counts, and its end does, though Redis’ clock was set back', async () => {
    const { acts, vwo, redis, keys, meta, trafficNow, whats } = await setUp()
    await acts.pin({ ...ann, forMs: HOUR_MS })
    await redis.hset(keys.meta, { pinSetAt: Date.now() + 60_000 })
    await vwo.set(traffic(20))
    // A hub has seen the pin, and its time.
    await until(meta, ({ waiting }) => waiting !== undefined)
    await acts.unpin(ann)
    await until(trafficNow, (seen) => seen === '20')
    await acts.pin({ ...ann, forMs: HOUR_MS })
    await vwo.set(traffic(30))
    await until(meta, ({ waiting }) => waiting !== undefined)
    expect(await whats('restored')).toEqual([])
  })

  it('takes another end by pinning again', async () => {
    const { acts, meta } = await setUp()
    await acts.pin({ ...ann, forMs: 3 * HOUR_MS })
    const { pinnedUntil } = await acts.pin({ ...ann, forMs: HOUR_MS })
    expect((await meta())['pinnedUntil']).toBe(pinnedUntil)
  })

  it('stays so when all hubs start anew', async () => {
    const { acts, vwo, hubs, startHub, meta, trafficNow, settled } = await setUp()
    await acts.pin({ ...ann, forMs: HOUR_MS })
    await Promise.all(hubs.map((hub) => hub.close()))
    await vwo.set(traffic(20), { announce: false })
    await startHub()
    await until(meta, ({ waiting }) => waiting !== undefined)
    await settled()
    expect(await trafficNow()).toBe('10')
  })

  it('[invariant 5] stays so when Redis loses everything', async () => {
    const redis = await startRedisServer()
    cleanUps.push(redis.close)
    const setting = await setUp({ redis })
    const { acts, vwo, meta, trafficNow, settled, first, environment } = setting
    await acts.pin({ ...ann, forMs: HOUR_MS })
    await vwo.set(traffic(20))
    const before = await until(meta, ({ waiting }) => waiting !== undefined)
    const seen = async () => {
      const answer = await fetch(`${first.adminUrl}/v1/environments`)
      return (await answer.json()) as { environments: { name: string; current?: { pinnedUntil?: string } }[] }
    }
    await until(seen, ({ environments }) =>
      environments.some(({ name, current }) => name === environment && current?.pinnedUntil !== undefined),
    )
    await setting.redis.flushall()
    const after = await until(meta, ({ revision }) => revision !== undefined)
    expect(after).toMatchObject({
      revision: before['revision'],
      pinnedUntil: before['pinnedUntil'],
    })
    await vwo.post()
    await settled()
    expect(await trafficNow()).toBe('10')
  })

  it('[invariant 5] stays so, or ended, when Redis has data from before that, of the same revision', async () => {
    const setting = await setUp()
    const { acts, vwo, meta, keys, redis, trafficNow, settled, whats } = setting
    const known = async () => {
      const answer = await fetch(`${setting.first.adminUrl}/v1/environments`)
      const { environments } = (await answer.json()) as {
        environments: { name: string; current?: { pinnedUntil?: string } }[]
      }
      return environments.find(({ name }) => name === setting.environment)?.current
    }
    const { pinnedUntil } = await acts.pin({ ...ann, forMs: HOUR_MS })
    await until(known, (current) => current?.pinnedUntil !== undefined)
    await redis.hdel(keys.meta, 'pinnedUntil', 'pinSetAt')
    await vwo.set(traffic(20))
    await settled()
    expect(await meta()).toMatchObject({ pinnedUntil, waiting: expect.any(String) })
    expect(await trafficNow()).toBe('10')

    const before = await meta()
    await acts.unpin(ann)
    await until(trafficNow, (seen) => seen === '20')
    const { pinSetAt } = await meta()
    await until(known, (current) => current !== undefined && current.pinnedUntil === undefined)
    await redis.hset(keys.meta, { pinnedUntil, pinSetAt: before['pinSetAt'] ?? '' })
    await until(meta, (seen) => seen['pinSetAt'] === pinSetAt)
    expect(await meta()).not.toHaveProperty('pinnedUntil')
    expect(await whats('restored')).toEqual(['restored', 'restored'])
  })

  it('holds nothing back besides: the guard decides when the pin has ended', async () => {
    const many = Array.from({ length: 10 }, (_, index) => `campaign-${index}`)
    const { acts, vwo, meta } = await setUp({ settings: running(many) })
    await vwo.set(running(many.slice(0, 2)))
    const { held, heldSha256 } = await until(meta, (seen) => seen['held'] !== undefined)
    await acts.pin({ ...ann, forMs: HOUR_MS })
    expect(await meta()).toMatchObject({ waiting: held, waitingSha256: heldSha256 })
    expect(await meta()).not.toHaveProperty('held')
    await expect(acts.release(ann)).rejects.toMatchObject({ code: 'not-possible' })
    await acts.unpin(ann)
    await until(meta, (seen) => seen['held'] === held)
  })
})
