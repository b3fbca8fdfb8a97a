import { randomUUID } from 'node:crypto'
import { sha256Of } from '@vwo-hub/protocol'
import { afterEach, describe, expect, it } from 'vitest'
import { HubError } from '../../packages/hub/dist/errors.js'
import { type ClusterOfRefreshers, createFakeVwo, startRefreshers } from '../support/refreshers.ts'
import { until } from '../support/until.ts'
import { redisForFile } from '../support/redis-for-file.ts'

const { server } = await redisForFile()
const open: ClusterOfRefreshers[] = []

afterEach(async () => {
  await Promise.all(open.splice(0).map((cluster) => cluster.close()))
})

/** A hub that has published what VWO has, and its environment. */
async function setUp({ pollIntervalMs = 0 } = {}) {
  const vwo = createFakeVwo('A')
  const environment = `env-${randomUUID()}`
  const cluster = await startRefreshers({ url: server.url, environment, vwo, pollIntervalMs })
  open.push(cluster)
  const { keys, observer, members } = cluster
  const { refresher, handle } = members[0] ?? expect.fail('no member')
  const settings = () => observer.get(keys.settings)
  const refresh = () => observer.hgetall(keys.refresh)
  const isDone = async () => {
    const { requested, completed, owner } = await refresh()
    return requested === completed && owner === undefined
  }
  const asked = (count: number) =>
    until(
      () => vwo.asked.length,
      (seen) => seen >= count,
    )
  await until(settings, (text) => text === 'A')
  await until(isDone, Boolean)
  return { vwo, keys, observer, refresher, handle, settings, refresh, isDone, asked }
}

const entry = { what: 'test', summary: 'a test' }

describe('VWO is asked at once', () => {
  it('by the first webhook after polls that have brought nothing', async () => {
    const { refresh, asked } = await setUp({ pollIntervalMs: 200 })
    await asked(5)
    expect(Object.keys(await refresh())).not.toContain('notBefore')
    expect(Object.keys(await refresh())).not.toContain('fruitless')
  })

  it('when a pin ends, however often it was asked in vain', async () => {
    const { vwo, keys, observer, handle, settings } = await setUp()
    const hour = 3_600_000
    expect(
      await handle.act.pin({ pinnedUntil: new Date(Date.now() + hour).toISOString() }, entry),
    ).toMatchObject({
      result: 'pinned',
    })
    vwo.content = 'B'
    await observer.hset(keys.refresh, { fruitless: 7, notBefore: Date.now() + 50_000 })
    const askedAt = performance.now()
    await handle.act.unpin(entry)
    await until(settings, (text) => text === 'B')
    expect(performance.now() - askedAt).toBeLessThan(20_000)
  })

  it('when what the guard holds back is released, however often it was asked in vain', async () => {
    const { vwo, keys, observer, handle, settings } = await setUp()
    vwo.content = 'B'
    await observer.hset(keys.meta, { held: 'much would end', heldSha256: sha256Of('B') })
    await observer.hset(keys.refresh, { fruitless: 7, notBefore: Date.now() + 50_000 })
    const askedAt = performance.now()
    await handle.act.release(entry)
    await until(settings, (text) => text === 'B')
    expect(performance.now() - askedAt).toBeLessThan(20_000)
  })
})

describe('VWO is left alone for as long as it asks', () => {
  it.each([
    [90_000, 90_000],
    [3_600_000, 600_000],
  ])('%i ms, ten minutes at most', async (retryAfterMs, waitMs) => {
    const { vwo, refresher, refresh } = await setUp()
    vwo.failure = new HubError('vwo-unreachable', 'VWO answered 429.', { retryAfterMs })
    const asked = vwo.asked.length
    await refresher.request('webhook')
    const { notBefore, lastFetchAt } = await until(refresh, (state) => state['notBefore'] !== undefined)
    expect(Number(notBefore) - Number(lastFetchAt)).toBe(waitMs)
    // The next look does not take it for a wait that cannot be.
    await refresher.request('webhook')
    await refresher.close(0)
    expect((await refresh())['notBefore']).toBe(notBefore)
    expect(vwo.asked.length).toBe(asked + 1)
  })
})

describe('VWO is asked for what those get that have a webhook', () => {
  it.each([
    ['before', ['manual', 'webhook']],
    ['after', ['webhook', 'manual']],
  ] as const)('by a webhook, whoever has asked %s it', async (_, triggers) => {
    const { vwo, keys, observer, refresher, isDone } = await setUp()
    const before = vwo.asked.length
    // Held up, so that both requests are there when VWO is asked.
    await observer.hset(keys.refresh, { owner: 'another hub', leaseUntil: Date.now() + 3000 })
    for (const trigger of triggers) await refresher.request(trigger)
    await observer.hdel(keys.refresh, 'owner', 'leaseUntil')
    await until(isDone, Boolean)
    expect(vwo.asked.slice(before).map(({ endpoint }) => endpoint)).toEqual(['pull'])
  })
})

describe('the ETag of VWO', () => {
  it('is sent for what it was given for, and not once something else is published', async () => {
    const { vwo, refresher, handle, settings, isDone } = await setUp()
    const ask = async () => {
      const before = vwo.asked.length
      await refresher.request('manual')
      await until(isDone, Boolean)
      return vwo.asked[before]?.etag
    }
    expect(await ask()).toBe(`"${sha256Of('A')}"`)
    // A person publishes: a VWO that said "as before" would be taken to mean this one.
    const at = new Date().toISOString()
    const meta = {
      bytes: '1',
      campaigns: '0',
      publishedAt: at,
      fetchedAt: at,
      trigger: 'rollback',
      accountId: '1',
    }
    await handle.act.rollback({
      text: Buffer.from('X'),
      meta: { ...meta, sha256: sha256Of('X'), contentOf: '1' },
      knownRevision: (await handle.read.current())?.revision ?? 0,
      summary: 'a test',
      entry: [],
    })
    await until(refresher.current, (current) => String(current?.text) === 'X')
    expect(await ask()).toBeUndefined()
    expect(await settings()).toBe('A')
  })
})

describe('a request under way', () => {
  it('is given up when another hub has taken over', async () => {
    const { vwo, keys, observer, refresher, asked } = await setUp()
    const before = vwo.asked.length
    vwo.isAnswering = false
    await refresher.request('webhook')
    await asked(before + 1)
    await observer.hset(keys.refresh, { owner: 'another hub', leaseUntil: Date.now() + 60_000 })
    await until(
      () => vwo.asked[before]?.signal.aborted,
      (isAborted) => isAborted === true,
    )
  })
})

describe('closing does not wait for a VWO that fails', () => {
  const failure = new HubError('vwo-unreachable', 'VWO answered 500.')
  const tookMs = async (closing: Promise<void>) => {
    const startedAt = performance.now()
    await closing
    return performance.now() - startedAt
  }

  it('when it has failed before, and is not asked again for seconds', async () => {
    const { vwo, keys, observer, refresher, refresh } = await setUp()
    // A status that is not retried for 15 to 30 s, after that many times.
    vwo.failure = new HubError('vwo-refused', 'VWO answered 401.')
    await observer.hset(keys.refresh, { fruitless: 9, notBefore: Date.now() })
    await refresher.request('webhook')
    await until(refresher.lastFetch, (last) => last?.result === 'vwo-refused')
    await until(refresh, ({ owner }) => owner === undefined)
    // Redis answers in turn: when it has given out this ticket, all that follows a failure is done.
    await refresher.request('webhook')
    expect(refresher.isOwing()).toBe(true)
    expect(await tookMs(refresher.close(12_000))).toBeLessThan(5000)
  })

  it('when it fails meanwhile', async () => {
    const { vwo, refresher, asked } = await setUp()
    const before = vwo.asked.length
    vwo.isAnswering = false
    vwo.failure = failure
    await refresher.request('webhook')
    await asked(before + 1)
    const closing = tookMs(refresher.close(20_000))
    vwo.isAnswering = true
    expect(await closing).toBeLessThan(5000)
  })
})
