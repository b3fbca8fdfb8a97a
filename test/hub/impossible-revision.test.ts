import { describe, expect, it } from 'vitest'
import { defaultProduct } from '../../packages/hub/dist/product/products.js'
import { doctor } from '../support/doctor.ts'
import { running, startHubs } from '../support/hubs.ts'
import { until } from '../support/until.ts'
import { redisForFile } from '../support/redis-for-file.ts'

const { server, cleanUps } = await redisForFile()

const DAY_MS = 86_400_000

async function setUp() {
  const hubs = await startHubs({ url: server.url })
  cleanUps.push(hubs.close)
  return { ...hubs, revision: Number((await hubs.meta())['revision']) }
}

/** Revisions that no hub can have given out. */
const impossible = {
  'the highest whole number': () => Number.MAX_SAFE_INTEGER,
  'days beyond the clock of Redis': () => Date.now() + 2 * DAY_MS,
}

describe.each(Object.entries(impossible))('[invariant 5] given a stored revision of %s', (_, forge) => {
  it('a hub that knows the right one puts it back', async () => {
    const { redis, keys, handle, revision, whats } = await setUp()
    const forged = forge()
    await redis.multi().hset(keys.meta, { revision: forged }).zadd(keys.revisions, forged, forged).exec()
    await until(
      () => redis.hget(keys.meta, 'revision'),
      (stored) => stored === String(revision),
    )
    expect(await whats('reset', 'restored')).toEqual(['reset', 'restored'])
    expect(await redis.zrange(keys.revisions, '0', '-1')).toEqual([String(revision)])
    expect(await handle.read.revisions()).toEqual([revision])
  })

  it('it counts as none, and a hub that knows nothing publishes what VWO has', async () => {
    const { redis, keys, handle, first, startHub, environment, revision, published, acts } = await setUp()
    const text = await published()
    // What is damaged keeps nothing from being mended.
    await acts.pin({ as: 'ann', forMs: 3_600_000 })
    await first.close()
    const forged = forge()
    await redis.multi().hset(keys.meta, { revision: forged }).zadd(keys.revisions, forged, forged).exec()
    expect(await handle.read.current()).toBeUndefined()
    expect(await handle.read.revisions()).toEqual([revision])
    expect(await handle.read.history()).toMatchObject([{ revision, isCurrent: false }])
    const status = await handle.read.status()
    expect(status.current).toBeUndefined()
    expect(status.damaged).toEqual(['revision'])
    const findings = await doctor({ REDIS_URL: server.url }, environment)
    expect(findings).toContainEqual(
      expect.objectContaining({
        check: 'counters',
        state: 'failure',
        text: expect.stringContaining('It is in: revision'),
      }),
    )

    await startHub()
    const { current } = await until(handle.read.status, (seen) => seen.current !== undefined)
    expect(current?.revision).toBeGreaterThan(revision)
    expect(current?.revision).toBeLessThan(Date.now() + DAY_MS)
    expect(await published()).toBe(text)
  })
})

describe('[invariant 1] given a settings-file that somebody has written over while no hub ran', () => {
  it.each(['', 'null', '[]', '{"a":', 'garbage'])('%j', async (text) => {
    const { redis, keys, first, startHub, published, vwo } = await setUp()
    const before = (await published()) ?? ''
    await first.close()
    await redis.set(keys.settings, text)
    await startHub()
    await until(published, (now) => now === before)
    const next = running(['checkout-test'], 50)
    await vwo.set(next)
    await until(published, (now) => now === JSON.stringify(next))
  })

  it('in a way that only its checksum tells: VWO’s is judged as if there were none', async () => {
    const judging = defaultProduct.open()
    cleanUps.push(judging.close)
    const body = JSON.stringify(running(['a']))
    const previous = { text: Buffer.from('x'.repeat(body.length)), sha256: 'ab' }
    expect(await judging.judge({ body, previous })).toMatchObject({ ok: true, units: 1 })
  })
})

it('what the audit is said to have heard of after the last moment that there is keeps nobody from looking', async () => {
  const { redis, keys, first, handle } = await setUp()
  await first.close()
  await redis.xadd(keys.audit, '18446744073709551615-1', 'what', 'x')
  expect((await handle.read.status()).current).toBeDefined()
})

it('[invariant 2] what is rolled back to, and what is published, is above the last one that can be', async () => {
  const { redis, keys, acts, handle, vwo, revision } = await setUp()
  await vwo.set(running(['checkout-test'], 50))
  const second = await until(
    async () => (await handle.read.status()).current?.revision ?? 0,
    (current) => current > revision,
  )
  const forged = Number.MAX_SAFE_INTEGER
  await redis.zadd(keys.revisions, forged, forged)
  const plan = await acts.planRollback()
  expect(plan.to).toBe(revision)
  const done = await acts.rollback(plan, { as: 'ann', pinForMs: 0 })
  expect(done.revision).toBeGreaterThan(second)
  expect(done.revision).toBeLessThan(Date.now() + DAY_MS)
  expect(await handle.read.revisions()).not.toContain(forged)
})
