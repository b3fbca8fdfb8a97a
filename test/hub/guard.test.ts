import { afterEach, describe, expect, it } from 'vitest'
import { type Hubs, running, startHubs } from '../support/hubs.ts'
import { until } from '../support/until.ts'
import { redisForFile } from '../support/redis-for-file.ts'

const keysTo = (count: number) => Array.from({ length: count }, (_, index) => `campaign-${index + 1}`)

const { server } = await redisForFile()
const open: Hubs[] = []

afterEach(async () => {
  await Promise.all(open.splice(0).map((hubs) => hubs.close()))
})

const everything = running(keysTo(10))
const little = running(keysTo(3))

async function setUp(options: Omit<Parameters<typeof startHubs>[0], 'url'> = {}) {
  const hubs = await startHubs({ url: server.url, settings: everything, ...options })
  open.push(hubs)
  const revision = (await hubs.meta())['revision']
  /** Has VWO lose seven of ten campaigns, and waits until the guard holds that back. */
  const hold = async (settings: object = little) => {
    await hubs.vwo.set(settings)
    await until(hubs.meta, ({ heldSha256 }) => heldSha256 !== undefined)
    await hubs.settled()
  }
  return { ...hubs, revision, hold }
}

describe('the guard', () => {
  it('holds back what would end more than half of what runs, and at least five', async () => {
    const { vwo, meta } = await setUp({ settings: running(keysTo(4)) })
    let version = 1
    /** Has VWO have so many, and waits for what becomes of it. */
    const change = async (count: number) => {
      version += 1
      const before = await meta()
      const isNew = (now: typeof before, field: string) =>
        now[field] !== undefined && now[field] !== before[field]
      await vwo.set({ ...running(keysTo(count)), version })
      return await until(meta, (now) => isNew(now, 'revision') || isNew(now, 'heldSha256'))
    }
    // In an order in which what each begins with may follow the one before.
    for (const [before, after, ending] of [
      [4, 0, undefined],
      [0, 0, undefined],
      [0, 10, undefined],
      [10, 10, undefined],
      [10, 5, undefined],
      [10, 4, 6],
      [11, 5, 6],
      [9, 4, 5],
      [8, 4, undefined],
      [5, 0, 5],
      [100, 50, undefined],
      [100, 49, 51],
    ] as const) {
      expect([before, await change(before)]).toEqual([
        before,
        expect.not.objectContaining({ held: expect.anything() }),
      ])
      const { held } = await change(after)
      expect([before, after, held?.split(' ', 1)[0]]).toEqual([before, after, ending?.toString()])
    }
  })

  it('names what would end, up to fifty, harmless in a line', async () => {
    const { hold, meta } = await setUp({ settings: running(keysTo(52).map((key) => `\u001B[31m${key}\n`)) })
    await hold(running([]))
    expect((await meta())['held']).toBe(
      '52 of 52 running campaigns would end: ' +
        Array.from({ length: 50 }, (_, index) => `\uFFFD[31mcampaign-${index + 1}\uFFFD, `).join('') +
        'and 2 more',
    )
  })
})

describe('given a settings-file in which most campaigns have ended', () => {
  it('holds it back once a second fetch has confirmed it, and says so', async () => {
    const { hold, meta, audit, published, refresh, revision, vwo } = await setUp()
    const before = vwo.requests.length
    await hold()
    const { held, heldSha256, heldSince = '', heldUntil = '', ...rest } = await meta()
    expect(vwo.requests.length - before).toBe(2)
    expect(held).toMatch(/^7 of 10 running campaigns would end: campaign-4, .*, campaign-10$/)
    expect(Date.parse(heldUntil) - Date.parse(heldSince)).toBe(300_000)
    expect(rest['revision']).toBe(revision)
    expect(await published()).toContain('campaign-10')
    expect(await refresh()).toMatchObject({ requested: '2', completed: '2' })
    expect((await audit()).at(-1)).toMatchObject({ what: 'hold', sha256: heldSha256, trigger: 'webhook' })
    expect((await audit()).at(-1)?.['summary']).toContain('campaign-4: no longer running')
  })

  it('publishes what a second fetch brings, when the first was an accident', async () => {
    const { vwo, published, meta, whats } = await setUp()
    const before = vwo.requests.length
    vwo.fault({ kind: 'delay', delayMs: 200, times: 1 })
    const isTaken = vwo.set(little)
    await vwo.requested(before + 1)
    await vwo.set(running(keysTo(10), 50), { announce: false })
    expect(await isTaken).toBe(true)
    await until(published, (text) => text?.includes('"percentTraffic":50') === true)
    expect(await meta()).not.toHaveProperty('held')
    expect(await whats()).toEqual(['publish', 'publish'])
  })

  it('does not ask twice again, nor say it again, for what it holds back already', async () => {
    const { hold, vwo, whats, settled } = await setUp()
    await hold()
    const before = vwo.requests.length
    await vwo.post()
    await settled()
    expect(vwo.requests.length - before).toBe(1)
    expect(await whats('hold')).toEqual(['hold'])
  })

  it('publishes what comes instead and is not suspicious', async () => {
    const { hold, vwo, published, meta } = await setUp()
    await hold()
    await vwo.set(running(keysTo(8)))
    await until(published, (text) => text?.includes('campaign-10') === false)
    expect(Object.keys(await meta()).filter((name) => name.startsWith('held'))).toEqual([])
  })

  it('forgets it when VWO has the published settings again', async () => {
    const { hold, vwo, meta, whats, revision } = await setUp()
    await hold()
    await vwo.set(everything)
    await until(meta, ({ held }) => held === undefined)
    expect((await meta())['revision']).toBe(revision)
    expect(await whats()).toEqual(['publish', 'hold', 'release'])
  })

  it('goes on waiting for the same time when it changes while it is held back', async () => {
    const { hold, vwo, meta, whats } = await setUp()
    await hold()
    const first = await meta()
    await vwo.set(running(keysTo(2)))
    const second = await until(meta, ({ heldSha256 }) => heldSha256 !== first['heldSha256'])
    expect(second).toMatchObject({ heldSince: first['heldSince'], heldUntil: first['heldUntil'] })
    expect(second['held']).toContain('8 of 10')
    expect(await whats('hold')).toEqual(['hold', 'hold'])
  })

  it('[invariant 9] a storm of webhooks meanwhile costs a handful of fetches', async () => {
    const { hold, vwo, refresh } = await setUp()
    await hold()
    const before = vwo.requests.length
    let posts = 0
    const storm = async () => {
      await Promise.all(Array.from({ length: 5 }, () => vwo.post()))
      posts += 5
      return (await refresh())['fruitless'] ?? '0'
    }
    await until(storm, (fruitless) => Number(fruitless) >= 4)
    expect(posts).toBeGreaterThan(20)
    expect(vwo.requests.length - before).toBeLessThanOrEqual(6)
  })
})

describe('given what is held back', () => {
  it('is published when somebody releases it', async () => {
    const { hold, acts, published, meta, refresh, audit } = await setUp()
    await hold()
    const { sha256 } = await acts.held()
    await acts.release({ as: 'ann', reason: 'they are over', sha256 })
    await until(published, (text) => text?.includes('campaign-4') === false)
    expect(await meta()).toMatchObject({ sha256 })
    expect(await meta()).not.toHaveProperty('held')
    expect(await refresh()).not.toHaveProperty('released')
    const entries = await audit()
    expect(entries.map(({ what }) => what)).toEqual(['publish', 'hold', 'release', 'publish'])
    expect(entries[2]).toMatchObject({ as: 'ann', reason: 'they are over', sha256 })
  })

  it('is released by itself, by Redis’ clock, on one hub of several', async () => {
    const guard = { isOn: true, releaseAfterMs: 1000 }
    const { hold, published, whats, meta } = await setUp({ hubs: 3, environment: { guard } })
    await hold()
    await until(published, (text) => text?.includes('campaign-4') === false)
    expect(await whats()).toEqual(['publish', 'hold', 'release', 'publish'])
    expect(await meta()).not.toHaveProperty('held')
    // Nobody has asked for it, and nobody is said to have.
    expect(await meta()).toHaveProperty('trigger', 'guard')
  })

  it('is released in time, though Redis’ clock was set back by an hour', async () => {
    const guard = { isOn: true, releaseAfterMs: 3000 }
    const { hold, vwo, redis, keys, published } = await setUp({ environment: { guard } })
    await hold()
    const inAnHour = new Date(Date.now() + 3_600_000).toISOString()
    await redis.hset(keys.meta, { heldSince: inAnHour, heldUntil: inAnHour })
    await vwo.set(running(keysTo(3)))
    await until(published, (text) => text?.includes('campaign-4') === false)
  })

  it('is held back anew when VWO has taken it back in between, although it was released once', async () => {
    const { hold, acts, vwo, refresh, published, settled, whats } = await setUp()
    await hold()
    await vwo.set(everything, { announce: false })
    await acts.release({ as: 'ann' })
    await settled()
    expect(await refresh()).not.toHaveProperty('released')
    await hold()
    expect(await published()).toContain('campaign-10')
    expect(await whats()).toEqual(['publish', 'hold', 'release', 'hold'])
  })

  it('is not released by the release of something else', async () => {
    const { hold, acts, vwo, meta, settled, published } = await setUp()
    await hold()
    const first = await acts.held()
    await vwo.set(running(keysTo(2)), { announce: false })
    await acts.release({ as: 'ann', sha256: first.sha256 })
    await until(meta, ({ heldSha256 }) => heldSha256 !== undefined && heldSha256 !== first.sha256)
    await settled()
    expect(await published()).toContain('campaign-10')
    await expect(acts.release({ as: 'ann', sha256: first.sha256 })).rejects.toMatchObject({
      code: 'not-possible',
    })
  })

  it('stays held back when all hubs start anew', async () => {
    const { hold, hubs, startHub, published, meta, settled, whats } = await setUp()
    await hold()
    const before = await meta()
    await Promise.all(hubs.map((hub) => hub.close()))
    await startHub()
    await until(meta, ({ checkedAt }) => checkedAt !== before['checkedAt'])
    await settled()
    const { held, heldUntil } = await meta()
    expect({ held, heldUntil }).toEqual({ held: before['held'], heldUntil: before['heldUntil'] })
    expect(await published()).toContain('campaign-10')
    expect(await whats('hold')).toEqual(['hold'])
  })
})

describe('given a guard that is switched off', () => {
  it('publishes at once, after one fetch', async () => {
    const guard = { isOn: false, releaseAfterMs: 300_000 }
    const { vwo, published, whats } = await setUp({ environment: { guard } })
    const before = vwo.requests.length
    await vwo.set(little)
    await until(published, (text) => text?.includes('campaign-4') === false)
    expect(vwo.requests.length - before).toBe(1)
    expect(await whats()).toEqual(['publish', 'publish'])
  })
})
