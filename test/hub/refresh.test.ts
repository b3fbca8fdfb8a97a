import { randomUUID } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { Redis } from 'ioredis'
import { afterEach, describe, expect, it } from 'vitest'
import type { Accepted } from '../../packages/hub/dist/product/product.js'
import { HubError } from '../../packages/hub/dist/errors.js'
import { createLog, type Log } from '../../packages/hub/dist/log/log.js'
import type { RefreshCommands } from '../../packages/hub/dist/environment/refresh-commands.js'
import {
  acceptedOf,
  createFakeVwo,
  startRefreshers,
  type ClusterOfRefreshers,
} from '../support/refreshers.ts'
import { until } from '../support/until.ts'
import { redisForFile } from '../support/redis-for-file.ts'

const { server } = await redisForFile()
const open: ClusterOfRefreshers[] = []
const cleanUps: (() => Promise<void>)[] = []

afterEach(async () => {
  await Promise.all(open.splice(0).map((cluster) => cluster.close()))
  for (const cleanUp of cleanUps.splice(0)) await cleanUp()
})

async function setUp(
  options: {
    count?: number
    content?: string
    pollIntervalMs?: number
    wrap?: (refresh: RefreshCommands) => RefreshCommands
    judge?: (body: string) => Promise<Accepted>
    log?: Log
  } = {},
) {
  const vwo = createFakeVwo(options.content ?? 'A')
  const environment = `env-${randomUUID()}`
  const cluster = await startRefreshers({ url: server.url, environment, vwo, recheckGapsMs: [], ...options })
  open.push(cluster)
  const settings = () => cluster.observer.get(cluster.keys.settings)
  const refresh = () => cluster.observer.hgetall(cluster.keys.refresh)
  const isDone = async () => {
    const { requested, completed, owner } = await refresh()
    return requested === completed && owner === undefined
  }
  await until(settings, (text) => text === vwo.content)
  await until(isDone, Boolean)
  return {
    vwo,
    cluster,
    settings,
    refresh,
    isDone,
    environment,
    keys: cluster.keys,
    observer: cluster.observer,
  }
}

describe('given a hub that has just started', () => {
  it('stores what VWO has, with meta, history and audit of the same revision', async () => {
    const { keys, observer } = await setUp()
    const meta = await observer.hgetall(keys.meta)
    const { revision = '' } = meta
    expect(Number(revision)).toBeGreaterThan(1_700_000_000_000)
    expect(meta).toMatchObject({
      bytes: '1',
      campaigns: '0',
      trigger: 'start',
      accountId: '1',
      protocol: '1',
    })
    expect(new Date(Number(revision)).getTime() - Date.parse(meta.publishedAt ?? '')).toBeLessThan(1000)
    expect(await observer.get(keys.settingsOf(Number(revision)))).toBe('A')
    expect(await observer.ttl(keys.settings)).toBe(-1)
    expect(await observer.ttl(keys.settingsOf(Number(revision)))).toBe(-1)
    expect(await observer.zrange(keys.revisions, '0', '-1')).toEqual([revision])
    const [entry] = await observer.xrevrange(keys.audit, '+', '-')
    expect(entry?.[1]).toEqual([
      'what',
      'publish',
      'revision',
      revision,
      'summary',
      'first settings',
      'campaigns',
      '0',
      'trigger',
      'start',
    ])
    expect(await observer.keys(`${keys.staged('')}*`)).toEqual([])
  })
})

describe('given a settings-file that is not published to the letter', () => {
  it('compresses what is published, not what was sent', async () => {
    const sent = JSON.stringify(Array.from({ length: 2000 }, () => randomUUID()))
    const environment = `env-${randomUUID()}`
    const cluster = await startRefreshers({
      url: server.url,
      environment,
      vwo: createFakeVwo(sent),
      judge: (body) => acceptedOf(`${body} `),
    })
    open.push(cluster)
    const { keys, observer } = cluster
    await until(
      () => observer.get(keys.settings),
      (text) => text === `${sent} `,
    )
    const revision = Number(await observer.hget(keys.meta, 'revision'))
    const compressed = await observer.getBuffer(keys.compressedSettingsOf(revision))
    expect(gunzipSync(compressed ?? '').toString()).toBe(`${sent} `)
  })
})

describe('given a refresh that is still fetching', () => {
  it('[invariant 1] fetches once more, for any number of webhooks that arrive meanwhile on any hub', async () => {
    const { vwo, cluster, settings } = await setUp({ count: 3 })
    const before = vwo.asked.length
    vwo.isAnswering = false
    vwo.content = 'B'
    await cluster.members[0]?.refresher.request('webhook')
    await until(
      () => vwo.asked.length,
      (asked) => asked === before + 1,
    )
    vwo.content = 'C'
    await Promise.all(
      [...cluster.members, ...cluster.members, ...cluster.members].map(({ refresher }) =>
        refresher.request('webhook'),
      ),
    )
    vwo.isAnswering = true
    await until(settings, (text) => text === 'C')
    expect(vwo.asked.length - before).toBe(2)
    expect(vwo.asked.slice(before).map(({ endpoint }) => endpoint)).toEqual(['pull', 'pull'])
  })

  it('[invariant 1] requests of one moment share a ticket, and one that comes later has its own', async () => {
    const { cluster } = await setUp()
    const { refresher } = cluster.members[0] ?? expect.fail('no member')
    const first = await Promise.all(Array.from({ length: 5 }, () => refresher.request('webhook')))
    expect(new Set(first).size).toBe(1)
    const under = refresher.request('webhook')
    await new Promise(setImmediate)
    // The one before is on its way to Redis: what is asked for now began after it.
    const [before, after] = await Promise.all([under, refresher.request('webhook')])
    expect([before, after]).toEqual([(first[0] ?? 0) + 1, (first[0] ?? 0) + 2])
  })

  it('[invariant 1] another hub fetches when the one that holds the lease crashes', async () => {
    const { vwo, cluster, settings, isDone } = await setUp({ count: 2 })
    const before = vwo.asked.length
    vwo.isAnswering = false
    vwo.content = 'B'
    await cluster.members[0]?.refresher.request('webhook')
    await until(
      () => vwo.asked.length,
      (asked) => asked > before,
    )
    const owner = vwo.asked[before]?.by ?? expect.fail('nobody asked')
    cluster.members[owner]?.crash()
    vwo.isAnswering = true
    await until(settings, (text) => text === 'B')
    await until(isDone, Boolean)
    expect(vwo.asked.at(-1)?.by).toBe(1 - owner)
  })
})

describe('given ten hubs that all hear the same webhook', () => {
  it('[invariant 9] they fetch twice at most, and all know the newest settings', async () => {
    const { vwo, cluster } = await setUp({ count: 10 })
    await until(
      () => cluster.members.map(({ refresher }) => String(refresher.current()?.text)),
      (texts) => texts.every((text) => text === 'A'),
    )
    const before = vwo.asked.length
    vwo.content = 'B'
    // Its first answer takes until all of them have been heard.
    vwo.isAnswering = false
    await Promise.all(cluster.members.map(({ refresher }) => refresher.request('webhook')))
    vwo.isAnswering = true
    await until(
      () => cluster.members.map(({ refresher }) => String(refresher.current()?.text)),
      (texts) => texts.every((text) => text === 'B'),
    )
    expect(vwo.asked.length - before).toBeLessThanOrEqual(2)
  })
})

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

describe('given a Redis that has thrown the settings-file away, and kept its meta', () => {
  it('[invariant 5] the hub puts it back as it was, though VWO is down', async () => {
    const { vwo, keys, observer, settings } = await setUp()
    const revision = String(await observer.hget(keys.meta, 'revision'))
    vwo.failure = new HubError('vwo-unreachable', 'VWO answered 500.')
    await observer.del(keys.settings, keys.settingsOf(Number(revision)))
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

describe('given a fault of the hub itself', () => {
  const fault = new TypeError("Cannot read properties of undefined (reading 'revision')")

  function logged() {
    const lines: { level: string; msg: string; err?: { code?: string; stack?: string } }[] = []
    const destination = {
      write: (line: string) => void lines.push(JSON.parse(line) as (typeof lines)[number]),
    }
    return { lines, log: createLog({ level: 'info', secrets: [], destination }) }
  }

  it('is told as one, with its stack, and tried again as rarely as what a person has to mend', async () => {
    const { lines, log } = logged()
    const { vwo, cluster, keys, observer, refresh, settings } = await setUp({ log })
    vwo.failure = fault
    vwo.content = 'B'
    const { refresher } = cluster.members[0] ?? expect.fail('no member')
    // As in a long series of failures: of one of VWO's the waits end at 5 s.
    const begun = Date.now()
    await observer.hset(keys.refresh, { fruitless: 8, notBefore: begun })
    await refresher.request('webhook')
    const { notBefore, lastFetchAt } = await until(refresh, (state) => Number(state['notBefore']) > begun)
    expect(Number(notBefore) - Number(lastFetchAt)).toBeGreaterThan(5000)
    await until(
      () => refresher.lastFetch()?.result,
      (result) => result === 'internal',
    )
    const failed = await until(
      () => lines.filter(({ level }) => level === 'error'),
      ({ length }) => length > 0,
    )
    expect(failed).toMatchObject([{ msg: 'the hub itself failed', err: { code: 'internal' } }])
    expect(failed[0]?.err?.stack).toMatch(/TypeError: Cannot read properties.*refresh\.test\.ts:/s)
    const [entry] = await observer.xrevrange(keys.audit, '+', '-', 'COUNT', 1)
    expect(entry?.[1].join(' ')).toMatch(
      /what failed summary Cannot refresh .* by a fault of the hub itself: Cannot read/,
    )
    expect(await settings()).toBe('A')
    vwo.failure = undefined
    await observer.hset(keys.refresh, { notBefore: 0 })
    await until(settings, (text) => text === 'B')
    await until(
      () => lines.map(({ msg }) => msg),
      (messages) =>
        messages.some((message) => message.startsWith('the hub refreshes again, after: Cannot refresh')),
    )
  })

  it('outside of an attempt is told once, though the loop goes on', async () => {
    const { lines, log } = logged()
    let looks = 0
    const { settings } = await setUp({
      log,
      wrap: (store) => ({
        ...store,
        acquire: async (input) => {
          looks += 1
          if (looks <= 2) throw fault
          return await store.acquire(input)
        },
      }),
    })
    expect(await settings()).toBe('A')
    expect(lines.filter(({ level }) => level === 'error')).toMatchObject([
      {
        msg: 'the hub itself failed; the refresh is tried again every second',
        err: { message: fault.message },
      },
    ])
  })
})

describe('given a check that takes long', () => {
  it('[invariant 7] closing gives it up, and the lease back', async () => {
    let isChecking = false
    const { vwo, cluster, refresh } = await setUp({
      judge: (body) => {
        isChecking = body === 'B'
        return body === 'B' ? new Promise(() => {}) : acceptedOf(body)
      },
    })
    const { refresher } = cluster.members[0] ?? expect.fail('no member')
    vwo.content = 'B'
    await refresher.request('webhook')
    await until(
      () => isChecking,
      (seen) => seen,
    )
    await refresher.close(0)
    expect(await refresh()).toMatchObject({ requested: '2', completed: '1' })
    expect(await refresh()).not.toHaveProperty('owner')
  })
})

describe('given several hubs that poll', () => {
  it('VWO is asked once per interval, however many hubs there are', async () => {
    const { vwo, settings } = await setUp({ count: 5, pollIntervalMs: 1500 })
    const before = vwo.asked.length
    vwo.content = 'B'
    await until(settings, (text) => text === 'B')
    vwo.content = 'C'
    await until(settings, (text) => text === 'C')
    const polls = vwo.asked.slice(before)
    expect(polls.every(({ endpoint }) => endpoint === 'settings')).toBe(true)
    for (const [index, poll] of polls.entries()) {
      const previous = polls[index - 1]
      if (previous !== undefined) expect(poll.at - previous.at).toBeGreaterThan(1000)
    }
  })
})

describe('given many revisions', () => {
  it('keeps the last twenty, each under its own key', async () => {
    const { vwo, cluster, settings, keys, observer } = await setUp()
    for (let index = 0; index < 25; index += 1) {
      vwo.content = `content ${index}`
      await cluster.members[0]?.refresher.request('webhook')
      await until(settings, (text) => text === vwo.content)
    }
    const revisions = await observer.zrange(keys.revisions, '0', '-1')
    expect(revisions).toHaveLength(20)
    const stored = await observer.keys(`${keys.settings}:*`)
    expect(stored.sort()).toEqual(revisions.map((revision) => keys.settingsOf(Number(revision))).sort())
    expect(await observer.get(keys.settingsOf(Number(revisions[19])))).toBe('content 24')
  })
})
