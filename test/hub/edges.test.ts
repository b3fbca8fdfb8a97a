import { randomUUID } from 'node:crypto'
import { sha256Of } from '@vwo-hub/protocol'
import { afterEach, describe, expect, it } from 'vitest'
import { createLog } from '../../packages/hub/dist/log/log.js'
import { createRechecks } from '../../packages/hub/dist/flow/recheck.js'
import { silentLog } from '../support/hub-config.ts'
import { type ClusterOfRefreshers, createFakeVwo, startRefreshers } from '../support/refreshers.ts'
import { until } from '../support/until.ts'
import { redisForFile } from '../support/redis-for-file.ts'

const { server } = await redisForFile()
const open: ClusterOfRefreshers[] = []

afterEach(async () => {
  await Promise.all(open.splice(0).map((cluster) => cluster.close()))
})

/** Hubs that have published what VWO has. Unless told otherwise their rechecks are due at once. */
async function setUp({ count = 1, pollIntervalMs = 0, recheckGapsMs = [1, 1, 1, 1] } = {}) {
  const vwo = createFakeVwo('A')
  const environment = `env-${randomUUID()}`
  const lines: { msg: string; summary?: string; rechecks?: number }[] = []
  const destination = {
    write: (line: string) => void lines.push(JSON.parse(line) as (typeof lines)[number]),
  }
  const log = createLog({ level: 'info', secrets: [], destination })
  const cluster = await startRefreshers({
    ...{ url: server.url, environment, vwo, count, pollIntervalMs, recheckGapsMs, log },
    replacedPauseMs: 1,
  })
  open.push(cluster)
  const { keys, observer, members } = cluster
  const { refresher } = members[0] ?? expect.fail('no member')
  const settings = () => observer.get(keys.settings)
  const refresh = () => observer.hgetall(keys.refresh)
  const isDone = async () => {
    const { requested, completed, owner } = await refresh()
    return requested === completed && owner === undefined
  }
  const whats = async () => (await observer.xrange(keys.audit, '-', '+')).map(([, fields]) => fields[1])
  const audit = async () => (await observer.xrange(keys.audit, '-', '+')).map(([, fields]) => fields)
  const said = (text: string) => lines.filter(({ msg }) => msg.includes(text))
  /** The next answers are these; then it is what VWO has. */
  const answerNext = (...texts: string[]) => {
    const answer = vwo.answer.bind(vwo)
    vwo.answer = async (...asked) => {
      const right = await answer(...asked)
      return texts.shift() ?? right
    }
  }
  await until(settings, (text) => text === 'A')
  await until(isDone, Boolean)
  const asksBefore = vwo.asked.length
  return {
    ...{ vwo, keys, observer, members, refresher, settings, refresh, isDone, whats, audit, said, answerNext },
    asks: () => vwo.asked.slice(asksBefore).map(({ endpoint }) => endpoint),
  }
}

describe('a webhook that is faster than what VWO answers from', () => {
  it('is followed by fetches after about 1, 3, 8 and 20 s, each by chance a little sooner or later', () => {
    const all = (random: number) => {
      const { after } = createRechecks(silentLog, { random: () => random })
      const first = after({ trigger: 'webhook', rechecks: 3 })
      const further = [0, 1, 2, 3].map((rechecks) => after({ trigger: 'recheck', rechecks }))
      return [first, ...further].map((recheck) => recheck && [recheck.made, recheck.inMs])
    }
    expect(all(0.5)).toEqual([
      [0, 1000],
      [1, 2000],
      [2, 5000],
      [3, 12_000],
      [4, 0],
    ])
    expect(all(0)[0]).toEqual([0, 850])
    expect(all(1)[0]).toEqual([0, 1150])
  })

  it('reaches apps by the first of these fetches that finds the change, which ends them', async () => {
    const { vwo, refresher, settings, refresh, isDone, answerNext, asks, keys, observer } = await setUp()
    vwo.content = 'B'
    answerNext('A', 'A')
    await refresher.request('webhook')
    await until(settings, (text) => text === 'B')
    await until(isDone, Boolean)
    expect(asks()).toEqual(['pull', 'pull', 'pull'])
    expect(await observer.hget(keys.meta, 'trigger')).toBe('recheck')
    expect(Object.keys(await refresh())).not.toContain('recheckAt')
  })

  it('is followed by four fetches where nothing has changed, told as they begin and end', async () => {
    const { refresher, refresh, asks, said } = await setUp()
    await refresher.request('webhook')
    await until(
      () => said('nothing new after a webhook, and').length,
      (count) => count === 1,
    )
    expect(asks()).toEqual(['pull', 'pull', 'pull', 'pull', 'pull'])
    expect(said('nothing new after a webhook: VWO is asked again')).toHaveLength(1)
    const { recheckAt, rechecks, fruitless } = await refresh()
    expect([recheckAt, rechecks]).toEqual([undefined, undefined])
    // The next webhook does not wait because of them.
    expect(fruitless).toBe('1')
  })

  it('is followed by them though the hub that answered it dies', async () => {
    const { vwo, members, settings, answerNext, refresh } = await setUp({
      count: 2,
      recheckGapsMs: [300, 1, 1, 1],
    })
    const [first, second] = members
    if (first === undefined || second === undefined) throw new Error('expected two hubs')
    vwo.content = 'B'
    answerNext('A')
    await first.refresher.request('webhook')
    await until(refresh, ({ recheckAt, owner }) => recheckAt !== undefined && owner === undefined)
    first.crash()
    await until(settings, (text) => text === 'B')
    expect(vwo.asked.at(-1)?.by).toBe(1)
  })

  it('[invariant 9] costs no further fetches while webhooks storm', async () => {
    const { refresher, refresh, asks, said } = await setUp()
    let isStorming = true
    const slow = until(refresh, ({ fruitless }) => Number(fruitless) >= 3)
    void slow.then(() => (isStorming = false))
    while (isStorming) await refresher.request('webhook')
    await slow
    expect(asks().length).toBeLessThanOrEqual(5)
    expect(said('nothing new after a webhook: VWO is asked again')).toHaveLength(1)
  })
})

describe('a poll that finds nothing new', () => {
  it('starts no further fetches, and leaves those of a webhook as they are', async () => {
    const { refresh, asks, keys, observer } = await setUp({ pollIntervalMs: 50 })
    await until(asks, ({ length }) => length >= 2)
    expect(Object.keys(await refresh())).not.toContain('recheckAt')
    const recheckAt = String(Date.now() + 50_000)
    await observer.hset(keys.refresh, { recheckAt, rechecks: 2 })
    const polls = asks().length
    await until(asks, ({ length }) => length >= polls + 2)
    expect(await observer.hmget(keys.refresh, 'recheckAt', 'rechecks')).toEqual([recheckAt, '2'])
    expect(new Set(asks())).toEqual(new Set(['settings']))
  })
})

describe('what VWO had until it was replaced lately', () => {
  async function replaced() {
    const all = await setUp({ recheckGapsMs: [] })
    all.vwo.content = 'B'
    await all.refresher.request('webhook')
    await until(all.settings, (text) => text === 'B')
    await until(all.isDone, Boolean)
    const revision = () => all.observer.hget(all.keys.meta, 'revision')
    const ask = async () => {
      await all.refresher.request('webhook')
      await until(all.isDone, Boolean)
    }
    return { ...all, revision, ask }
  }

  it('is not published again on one answer, which is told once', async () => {
    const { revision, ask, answerNext, settings, whats, audit, said } = await replaced()
    const before = await revision()
    answerNext('A', 'B', 'A', 'B')
    await ask()
    await ask()
    expect(await settings()).toBe('B')
    expect(await revision()).toBe(before)
    expect(await whats()).toEqual(['publish', 'publish', 'outdated'])
    expect((await audit()).at(-1)).toContain(sha256Of('A'))
    expect(said('its edges do not agree')).toHaveLength(1)
  })

  it('is published where VWO says it twice, in words: somebody went back', async () => {
    const { vwo, ask, settings, said } = await replaced()
    vwo.content = 'A'
    await ask()
    expect(await settings()).toBe('A')
    expect(said('published').at(-1)?.summary).toBe(
      'changed; VWO has gone back to what was replaced lately, and has said so twice',
    )
    // And forth: B is what was replaced lately now, A is not.
    vwo.content = 'B'
    await ask()
    expect(await settings()).toBe('B')
  })

  it('is believed at once an hour later', async () => {
    const { keys, observer, vwo, ask, settings, asks } = await replaced()
    const stored = (await observer.hget(keys.refresh, 'replaced')) ?? ''
    const [sha256, at] = stored.split(':')
    expect(sha256).toBe(sha256Of('A'))
    await observer.hset(keys.refresh, { replaced: `${sha256}:${Number(at) - 3_600_000}` })
    vwo.content = 'A'
    const before = asks().length
    await ask()
    expect(await settings()).toBe('A')
    expect(asks()).toHaveLength(before + 1)
  })
})
