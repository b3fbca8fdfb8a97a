import { randomUUID } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { acceptedOf, createFakeVwo, startRefreshers } from '../support/refreshers.ts'
import { until } from '../support/until.ts'
import { redisForFile } from '../support/redis-for-file.ts'
import { refreshing } from '../support/refreshing.ts'

const { server } = await redisForFile()
const { open, setUp } = refreshing(server)

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
