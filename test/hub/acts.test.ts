import { describe, expect, it } from 'vitest'
import { acting, ann, HOUR_MS, traffic } from '../support/acting.ts'
import { redisForFile } from '../support/redis-for-file.ts'
import { until } from '../support/until.ts'

const { server, cleanUps } = await redisForFile()
const setUp = acting(server, cleanUps)

describe('a rollback', () => {
  it('[invariant 2] is a new revision with old content, of which meta, history, audit and channel tell alike', async () => {
    const { firstRevision, publish, rollback, redis, keys, meta, audit } = await setUp()
    const second = await publish(20)
    const subscriber = redis.duplicate()
    cleanUps.push(async () => subscriber.disconnect())
    const messages: string[] = []
    subscriber.on('message', (_channel: string, message: string) => messages.push(message))
    await subscriber.subscribe(keys.updates)

    const done = await rollback()
    expect(done.revision).toBeGreaterThan(second)
    expect(done.contentOf).toBe(firstRevision)
    const text = await redis.get(keys.settings)
    expect(text).toBe(await redis.get(keys.settingsOf(firstRevision)))
    expect(text).toBe(await redis.get(keys.settingsOf(done.revision)))
    expect(await redis.ttl(keys.settings)).toBe(-1)
    expect(await redis.zrange(keys.revisions, '-1', '-1')).toEqual([String(done.revision)])
    expect(await meta()).toMatchObject({
      revision: String(done.revision),
      trigger: 'rollback',
      contentOf: String(firstRevision),
      campaigns: '1',
      accountId: '123456',
      pinnedUntil: done.pinnedUntil,
    })
    expect((await audit()).at(-1)).toEqual({
      what: 'rollback',
      revision: String(done.revision),
      campaigns: '1',
      summary: `back to revision ${firstRevision} (${new Date(firstRevision).toISOString()}): checkout-test: traffic 20 → 10 %`,
      trigger: 'rollback',
      contentOf: String(firstRevision),
      pinnedUntil: done.pinnedUntil,
      ...ann,
    })
    const [message] = await until(
      () => messages,
      ({ length }) => length > 0,
    )
    expect(JSON.parse(message ?? '')).toMatchObject({ revision: done.revision, settings: text })
  })

  it('is not undone by the next webhook or poll: it is pinned for an hour', async () => {
    const { publish, rollback, vwo, settled, trafficNow, meta, refresh } = await setUp({
      config: { pollIntervalMs: 300 },
    })
    await publish(20)
    const { pinnedUntil = '' } = await rollback()
    expect(Math.abs(Date.parse(pinnedUntil) - Date.now() - HOUR_MS)).toBeLessThan(60_000)
    await vwo.post()
    await settled()
    const { completed } = await refresh()
    await until(refresh, (now) => Number(now['completed']) > Number(completed)) // a poll
    expect(await trafficNow()).toBe('10')
    expect(await meta()).toMatchObject({ waiting: 'checkout-test: traffic 10 → 20 %' })
  })

  it('without a pin lasts until the next refresh', async () => {
    const { publish, rollback, vwo, trafficNow, meta } = await setUp()
    await publish(20)
    const done = await rollback(undefined, 0)
    expect(done.pinnedUntil).toBeUndefined()
    expect(await trafficNow()).toBe('10')
    await vwo.post()
    await until(trafficNow, (seen) => seen === '20')
    expect(await meta()).not.toHaveProperty('contentOf')
  })

  it('leaves a pin that lasts longer as it is', async () => {
    const { publish, rollback, acts } = await setUp()
    await publish(20)
    const { pinnedUntil } = await acts.pin({ ...ann, forMs: 3 * HOUR_MS })
    expect((await rollback()).pinnedUntil).toBe(pinnedUntil)
  })

  it('goes one step further back each time, and to any kept revision by its name', async () => {
    const { publish, rollback, trafficNow, firstRevision } = await setUp()
    await publish(20)
    await publish(30)
    await rollback()
    expect(await trafficNow()).toBe('20')
    await rollback()
    expect(await trafficNow()).toBe('10')
    await rollback('~2')
    expect(await trafficNow()).toBe('30')
    await rollback(String(firstRevision))
    expect(await trafficNow()).toBe('10')
  })

  it('passes over what somebody has rolled back from, though VWO has had it published again', async () => {
    const { publish, rollback, vwo, acts, revisionNow, trafficNow, first, environment } = await setUp()
    const bad = await publish(20)
    await rollback(undefined, 0)
    await vwo.post()
    await until(trafficNow, (seen) => seen === '20')
    const again = await revisionNow()
    await publish(30)
    const plan = await acts.planRollback()
    expect(plan.passed).toEqual([again])
    expect(plan.to).toBeLessThan(again)
    expect(plan.to).toBeGreaterThan(bad)
    expect(plan.wasLive.until).toBe(new Date(again).toISOString())
    // A program cannot be asked whether that is what it means.
    const ask = async (body: object) =>
      await fetch(`${first.adminUrl}/v1/environments/${environment}/rollback`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ ...body, pinForMs: 0 }),
      })
    const refused = await ask({})
    expect([refused.status, await refused.text()]).toEqual([409, expect.stringContaining(String(plan.to))])
    expect((await ask({ revision: plan.to })).status).toBe(200)
    expect(await trafficNow()).toBe('10')
    // That is the content of the first, before which there is nothing.
    await expect(rollback()).rejects.toMatchObject({ code: 'not-possible' })
  })

  it('changes nothing when there is nothing older, no such revision, or no difference', async () => {
    const { rollback, acts, publish, meta, audit, firstRevision } = await setUp()
    await expect(rollback()).rejects.toMatchObject({ code: 'not-possible' })
    await expect(acts.planRollback('~7')).rejects.toMatchObject({ code: 'not-found' })
    await expect(acts.planRollback('latest')).rejects.toMatchObject({ code: 'not-possible' })
    await publish(20)
    await rollback()
    await expect(rollback(String(firstRevision))).rejects.toMatchObject({ code: 'not-possible' })
    expect((await audit()).map(({ what }) => what)).toEqual(['publish', 'publish', 'rollback'])
    expect((await meta())['contentOf']).toBe(String(firstRevision))
  })

  it('is refused when something has been published since it was decided on', async () => {
    const { acts, publish, trafficNow } = await setUp()
    await publish(20)
    const plan = await acts.planRollback()
    await publish(30)
    const refused = acts.rollback(plan, { ...ann, pinForMs: HOUR_MS })
    await expect(refused).rejects.toMatchObject({ code: 'not-possible' })
    await expect(refused).rejects.toThrow(/has been published meanwhile/)
    expect(await trafficNow()).toBe('30')
  })

  it('works while no hub runs', async () => {
    const { publish, hubs, rollback, trafficNow } = await setUp()
    await publish(20)
    await Promise.all(hubs.map((hub) => hub.close()))
    await rollback()
    expect(await trafficNow()).toBe('10')
  })

  it('is not overtaken by what a hub was fetching, which waits for the end of the pin', async () => {
    const { acts, publish, vwo, settled, trafficNow, meta } = await setUp()
    await publish(20)
    const plan = await acts.planRollback()
    const before = vwo.requests.length
    vwo.fault({ kind: 'delay', delayMs: 300, times: 1 })
    await vwo.set(traffic(30))
    await vwo.requested(before + 1)
    await acts.rollback(plan, { ...ann, pinForMs: HOUR_MS })
    await settled()
    expect(await trafficNow()).toBe('10')
    expect((await meta())['waiting']).toBe('checkout-test: traffic 10 → 30 %')
  })
})

describe('given nothing published', () => {
  it('there is nothing to roll back, to pin, to unpin or to release', async () => {
    const { acts, hubs, redis, audit } = await setUp()
    await Promise.all(hubs.map((hub) => hub.close()))
    await redis.flushall()
    const impossible = { code: 'not-possible' }
    await expect(acts.planRollback()).rejects.toMatchObject(impossible)
    await expect(acts.pin({ ...ann, forMs: HOUR_MS })).rejects.toMatchObject(impossible)
    await expect(acts.unpin(ann)).rejects.toMatchObject(impossible)
    await expect(acts.release(ann)).rejects.toMatchObject(impossible)
    expect(await audit()).toEqual([])
  })
})

describe('the admin API', () => {
  const post = async (url: string, body: unknown, headers: Record<string, string> = {}) => {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    return [answer.status, await answer.json()] as const
  }

  it('does the same acts', async () => {
    const { first, environment, publish, trafficNow, meta, audit, firstRevision } = await setUp()
    const url = `${first.adminUrl}/v1/environments/${environment}`
    const second = await publish(20)
    const [status, done] = await post(`${url}/rollback`, { revision: firstRevision, ...ann })
    expect([status, done]).toMatchObject([200, { environment, contentOf: firstRevision }])
    expect(await trafficNow()).toBe('10')
    expect(await post(`${url}/pin`, { forMs: 60_000 })).toMatchObject([200, { environment }])
    expect(await post(`${url}/unpin`, undefined)).toMatchObject([202, { environment }])
    await until(trafficNow, (seen) => seen === '20')
    expect(await meta()).not.toHaveProperty('pinnedUntil')
    expect((await audit()).map(({ what, as }) => [what, as])).toEqual([
      ['publish', undefined],
      ['publish', undefined],
      ['rollback', 'ann'],
      ['pin', 'admin API'],
      ['unpin', 'admin API'],
      ['publish', undefined],
    ])
    expect(Number((await meta())['revision'])).toBeGreaterThan(second)
  })

  it('answers 409 to what cannot be done as things are, and 404 to what there is not', async () => {
    const { first, environment } = await setUp()
    const url = `${first.adminUrl}/v1/environments/${environment}`
    for (const [act, code] of [
      ['unpin', 409],
      ['release', 409],
      ['rollback', 409],
    ] as const) {
      expect(await post(`${url}/${act}`, {})).toMatchObject([code, { error: { code: 'not-possible' } }])
    }
    expect(await post(`${url}/rollback`, { revision: '~5' })).toMatchObject([
      404,
      { error: { code: 'not-found' } },
    ])
  })

  it.each([
    ['pin', {}, 'forMs: expected a number, got nothing'],
    ['pin', { forMs: 10 }, 'forMs: expected an integer from 1000 to 2592000000 (milliseconds), got 10'],
    ['pin', { forMs: 5000, for: '2h' }, 'for: there is no such name'],
    ['pin', '{', 'expected JSON, got something else at'],
    ['pin', [], 'expected an object, got an empty array'],
    ['unpin', { as: '' }, 'as: expected a name of 1 to 80 characters, got an empty string'],
    ['rollback', { pinForMs: -1 }, 'pinForMs: expected an integer from'],
    ['rollback', { revision: {} }, 'revision: expected a revision as a number, or a name of it as text'],
    ['release', { sha256: 'abc' }, 'sha256: expected a sha256 in hexadecimal, got a string'],
    ['unpin', { reason: 'x'.repeat(5000) }, 'expected at most 4096'],
  ])('answers 400 to %s with %j, and says why', async (act, body, why) => {
    const { first, environment, audit } = await setUp()
    const [status, answer] = await post(`${first.adminUrl}/v1/environments/${environment}/${act}`, body)
    expect([status, answer]).toMatchObject([400, { error: { code: 'request-invalid' } }])
    expect((answer as { error: { message: string } }).error.message).toContain(why)
    expect(await audit()).toHaveLength(1)
  })

  it('takes no form', async () => {
    const { first, environment } = await setUp()
    const url = `${first.adminUrl}/v1/environments/${environment}/pin`
    expect(await post(url, '{"forMs":5000}', { 'Content-Type': 'text/plain' })).toMatchObject([
      400,
      { error: { message: expect.stringContaining('application/json') } },
    ])
  })
})
