import { describe, expect, it } from 'vitest'
import { HubError } from '../../packages/hub/dist/errors.js'
import { createLog } from '../../packages/hub/dist/log/log.js'
import { until } from '../support/until.ts'
import { redisForFile } from '../support/redis-for-file.ts'
import { refreshing } from '../support/refreshing.ts'

const { server } = await redisForFile()
const { setUp } = refreshing(server)

describe('given VWO that fails', () => {
  it('keeps the last good revision, says so once in the audit, and recovers by itself', async () => {
    const { vwo, cluster, settings, keys, observer, refresh } = await setUp()
    vwo.failure = new HubError('vwo-unreachable', 'VWO answered 500.')
    vwo.content = 'B'
    await cluster.members[0]?.refresher.request('webhook')
    await until(refresh, ({ fruitless }) => Number(fruitless) >= 3)
    expect(await settings()).toBe('A')
    vwo.failure = undefined
    await until(settings, (text) => text === 'B')
    // That it has recovered is said once it is published.
    const audit = await until(
      () => observer.xrange(keys.audit, '-', '+'),
      (entries) => entries.length >= 4,
    )
    expect(audit.map(([, fields]) => fields[1])).toEqual(['publish', 'failed', 'publish', 'recovered'])
    expect(audit[1]?.[1]).toContain('VWO answered 500.')
  })
})

describe('given a hub that VWO does not answer', () => {
  /** The first of two hubs. */
  async function twoHubs(options: Parameters<typeof setUp>[0] = {}) {
    const all = await setUp({ ...options, count: 2 })
    const [first, second] = all.cluster.members
    if (first === undefined || second === undefined) throw new Error('expected two hubs')
    const answer = all.vwo.answer.bind(all.vwo)
    all.vwo.answer = async (by, ...rest) => {
      const body = await answer(by, ...rest)
      if (by === 0) throw new HubError('vwo-unreachable', 'VWO answered 500.')
      return body
    }
    const audited = async () =>
      (await all.observer.xrange(all.keys.audit, '-', '+')).map(([, [, what]]) => String(what))
    /** The first one asks VWO at once; the second one may be earlier when it happens to look right then. */
    const failUntil = async (hasFailed: () => boolean) => {
      while (!hasFailed()) {
        await all.observer.hset(all.keys.refresh, { notBefore: 0 })
        await first.refresher.request('webhook')
        await until(all.isDone, Boolean)
      }
    }
    const hasFailed = () => first.refresher.lastFetch()?.message === 'VWO answered 500.'
    return { ...all, first, second, audited, failUntil, hasFailed }
  }

  it('tries again, and polls, a little later than the others may', async () => {
    const looks: { at: number; waitMs: number; pollIntervalMs: number }[] = []
    const { vwo, cluster } = await setUp({
      pollIntervalMs: 60_000,
      wrap: (refresh) => ({
        ...refresh,
        acquire: async (options) => {
          const state = await refresh.acquire(options)
          const { pollIntervalMs } = options
          looks.push({ at: performance.now(), waitMs: state.waitMs, pollIntervalMs })
          return state
        },
      }),
    })
    vwo.failure = new HubError('vwo-unreachable', 'VWO answered 500.')
    await cluster.members[0]?.refresher.request('webhook')
    const told = () => looks.findIndex(({ waitMs }) => waitMs > 0)
    await until(
      () => looks[told() + 1],
      (next) => told() >= 0 && next !== undefined,
    )
    const [look, next] = looks.slice(told(), told() + 2)
    expect(Number(next?.at) - Number(look?.at) - Number(look?.waitMs)).toBeGreaterThan(240)
    // Intervals of those that do not fail are spread over a tenth.
    expect(looks[0]?.pollIntervalMs).toBeLessThanOrEqual(63_000)
    expect(next?.pollIntervalMs).toBeGreaterThan(64_000)
  })

  it('learns that another hub has got a good answer, and tells the log of the next failure', async () => {
    const lines: string[] = []
    const destination = { write: (line: string) => void lines.push(line) }
    const log = createLog({ level: 'info', secrets: [], destination })
    const { second, audited, failUntil, hasFailed } = await twoHubs({ log })
    const linesOf = (message: string) => lines.filter((line) => line.includes(message)).length
    const both = async () => [linesOf('refresh failed'), linesOf('VWO answers well again')]
    await failUntil(hasFailed)
    await until(both, ([failed, recovered]) => failed === 1 && recovered === 1)
    expect(second.refresher.lastFetch()).toMatchObject({ message: '' })
    await failUntil(() => linesOf('refresh failed') === 2)
    await until(both, ([failed, recovered]) => failed === 2 && recovered === 2)
    // The audit is not filled by one hub that goes on like this.
    expect((await audited()).filter((what) => what !== 'publish')).toEqual(['failed', 'recovered'])
  })
})

describe('given VWO that fails in several ways in turn', () => {
  it('tells the audit of each way once, whatever address, port or status it has with it', async () => {
    const { vwo, cluster, settings, keys, observer, refresh } = await setUp()
    const failWith = async (code: HubError['code'], message: string) => {
      const before = vwo.asked.length
      vwo.failure = new HubError(code, message)
      await observer.hset(keys.refresh, { notBefore: 0 })
      await cluster.members[0]?.refresher.request('webhook')
      await until(refresh, ({ owner }) => vwo.asked.length > before && owner === undefined)
    }
    await failWith('vwo-unreachable', 'expected status 200, got 502')
    await failWith('vwo-unreachable', 'connect ECONNREFUSED 10.0.0.1:443')
    await failWith('vwo-unreachable', 'expected status 200, got 503')
    await failWith('vwo-unreachable', 'connect ECONNREFUSED 10.0.0.2:443')
    await failWith('settings-refused', 'campaigns[1]: no variations')
    await failWith('settings-refused', 'campaigns[2]: no variations')
    await failWith('settings-refused', 'campaigns[1]: no variations')
    vwo.failure = undefined
    vwo.content = 'B'
    await observer.hset(keys.refresh, { notBefore: 0 })
    await until(settings, (text) => text === 'B')
    const audit = await until(
      () => observer.xrange(keys.audit, '-', '+'),
      (entries) => entries.at(-1)?.[1].includes('recovered') === true,
    )
    expect(audit.map(([, fields]) => [fields[1], fields[3]]).slice(1, 5)).toEqual([
      ['failed', 'expected status 200, got 502'],
      ['failed', 'connect ECONNREFUSED 10.0.0.1:443'],
      ['refused', 'campaigns[1]: no variations'],
      ['refused', 'campaigns[2]: no variations'],
    ])
    expect(audit).toHaveLength(7)
  })

  it('begins anew with short waits after a quiet time, however long it had failed before', async () => {
    const { vwo, cluster, keys, observer, refresh } = await setUp()
    const [seconds] = await observer.time()
    const aMinuteAgo = (Number(seconds) - 60) * 1000
    // Polls that go well in between are no fruitless fetches, and do not make them last either.
    await observer.hset(keys.refresh, {
      fruitless: 20,
      notBefore: aMinuteAgo,
      lastFetchAt: aMinuteAgo + 59_000,
    })
    vwo.failure = new HubError('vwo-unreachable', 'VWO answered 500.')
    await cluster.members[0]?.refresher.request('webhook')
    const { fruitless } = await until(refresh, (seen) => Number(seen['notBefore']) > aMinuteAgo)
    expect(fruitless).toBe('1')
  })
})

describe('given somebody who publishes each time that VWO is asked', () => {
  it('[invariant 9] asks VWO ever more slowly, and publishes once nobody does', async () => {
    let isDisturbed = false
    const { vwo, cluster, settings, keys, observer, refresh, isDone } = await setUp({
      wrap: (commands) => ({
        ...commands,
        async publish(publication) {
          if (isDisturbed) await observer.hincrby(keys.meta, 'revision', 1)
          return await commands.publish(publication)
        },
      }),
    })
    isDisturbed = true
    vwo.content = 'B'
    await cluster.members[0]?.refresher.request('webhook')
    const { notBefore, lastFetchAt } = await until(refresh, ({ fruitless }) => Number(fruitless) === 3)
    expect(Number(notBefore) - Number(lastFetchAt)).toBe(1000)
    expect(await settings()).toBe('A')
    isDisturbed = false
    await until(settings, (text) => text === 'B')
    await until(isDone, Boolean)
    expect(await refresh()).not.toHaveProperty('fruitless')
  })
})

describe('given a hub that is closed while VWO is asked', () => {
  it('[invariant 1] leaves its turn without a pause for the others', async () => {
    const { vwo, cluster, refresh } = await setUp()
    const { refresher } = cluster.members[0] ?? expect.fail('no member')
    vwo.isAnswering = false
    const asked = vwo.asked.length
    const ticket = await refresher.request('webhook')
    await until(
      () => vwo.asked.length,
      (count) => count > asked,
    )
    await refresher.close(0)
    const left = await refresh()
    expect(Number(left['completed'])).toBeLessThan(ticket)
    for (const name of ['owner', 'notBefore', 'fruitless']) expect(left).not.toHaveProperty(name)
  })
})

describe('given webhooks that bring nothing new', () => {
  it('[invariant 9] asks VWO ever more slowly, and at once again when something has changed', async () => {
    const { vwo, cluster, settings, refresh } = await setUp()
    const before = vwo.asked.length
    const { refresher } = cluster.members[0] ?? expect.fail('no member')
    const until5 = until(refresh, ({ fruitless }) => Number(fruitless) >= 4)
    let posts = 0
    let isStorming = true
    void until5.then(() => (isStorming = false))
    while (isStorming) {
      await refresher.request('webhook')
      posts += 1
    }
    expect(posts).toBeGreaterThan(20)
    expect(vwo.asked.length - before).toBeLessThanOrEqual(6)
    vwo.content = 'B'
    await refresher.request('webhook')
    await until(settings, (text) => text === 'B')
    expect((await refresh()).notBefore).toBeUndefined()
  })
})
