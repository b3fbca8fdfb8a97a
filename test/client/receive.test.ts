import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { INLINE_LIMIT_BYTES, PROTOCOL, sha256Of } from '@vwo-hub/protocol'
import type { Taken } from '../../packages/client/dist/receive/receive.js'
import { createReceivers, isConnected } from '../support/receivers.ts'
import { redisForFile } from '../support/redis-for-file.ts'
import { until } from '../support/until.ts'

const { server, cleanUps } = await redisForFile()
const setUp = createReceivers({ server, cleanUps })

const countOfReads = (stats: string) => Number(/cmdstat_hmget:calls=(\d+)/.exec(stats)?.[1] ?? 0)
/** Longer than the inline limit, and not compressible below it. */
const large = (name: string) => name + Array.from({ length: 3000 }, () => randomUUID()).join('')

describe('given receivers that are connected', () => {
  it('every one of them gets each update, in order', async () => {
    const { publisher, receivers } = await setUp({ count: 5 })
    await Promise.all(receivers.map(isConnected))
    const published: number[] = []
    for (const text of ['A', 'B', 'C']) published.push(await publisher.publish(text))
    await Promise.all(receivers.map(({ text }) => until(text, (seen) => seen === 'C')))
    expect(receivers.map(({ revisions }) => revisions)).toEqual(receivers.map(() => published))
  })

  it('an update past the inline limit is fetched compressed, by revision', async () => {
    const { publisher, first, keys } = await setUp()
    await isConnected(first)
    const text = large('A')
    expect(text.length).toBeGreaterThan(INLINE_LIMIT_BYTES)
    const revision = await publisher.publish(text)
    await until(first.text, (seen) => seen === text)
    expect(await publisher.redis.exists(keys.compressedSettingsOf(revision))).toBe(1)
    await publisher.publish(large('B'))
    await publisher.publish(large('C'))
    expect(await publisher.redis.exists(keys.compressedSettingsOf(revision))).toBe(0)
    expect(await publisher.redis.exists(keys.settingsOf(revision))).toBe(1)
  })

  it('a message says what the revision changed, whether or not the settings are inside', async () => {
    const { publisher, first } = await setUp()
    await isConnected(first)
    await publisher.publish('A')
    await until(first.text, (seen) => seen === 'A')
    const text = large('B')
    await publisher.publish(text)
    await until(first.text, (seen) => seen === text)
    expect(first.summaries).toEqual(['published by a test', 'published by a test'])
  })

  it('a summary that is too long or no text costs itself, not the update', async () => {
    const { publisher, first, keys, environment } = await setUp()
    await isConnected(first)
    const text = '"A"'
    const sha256 = sha256Of(text)
    const message = {
      type: 'update',
      protocol: 1,
      environment,
      sha256,
      bytes: 3,
      spreadMs: 0,
      settings: text,
    }
    for (const [index, summary] of ['x'.repeat(1001), { text: 'x' }].entries()) {
      const update = JSON.stringify({ ...message, revision: index + 1, summary })
      await publisher.redis.publish(keys.updates, update)
    }
    await until(
      () => first.revisions,
      (seen) => seen.length === 2,
    )
    expect([first.summaries, first.errors]).toEqual([[undefined, undefined], []])
  })

  it('[invariant 2] an older or repeated message changes nothing', async () => {
    const { publisher, first, keys, environment } = await setUp()
    await isConnected(first)
    const revision = await publisher.publish('A')
    await until(first.text, (seen) => seen === 'A')
    const older = {
      type: 'update',
      protocol: 1,
      environment,
      sha256: '',
      bytes: 1,
      spreadMs: 0,
      settings: 'old',
    }
    for (const stale of [revision - 1000, revision]) {
      await publisher.redis.publish(keys.updates, JSON.stringify({ ...older, revision: stale }))
    }
    await publisher.publish('B')
    await until(first.text, (seen) => seen === 'B')
    expect(first.revisions).toHaveLength(2)
  })

  it('a message that is none of ours is reported and ignored', async () => {
    const { publisher, first, keys } = await setUp()
    await isConnected(first)
    for (const message of ['', 'null', '{"type":"update"}', '[]'])
      await publisher.redis.publish(keys.updates, message)
    await publisher.publish('A')
    await until(first.text, (seen) => seen === 'A')
    expect(first.errors.map(({ code }) => code)).toEqual(Array(4).fill('settings-refused'))
    expect(first.errors[0]?.message).toContain(keys.updates)
  })

  it('what a hub of another protocol has published is refused, and what one of ours publishes then is not', async () => {
    const { publisher, first, keys } = await setUp({ checkIntervalMs: 20 })
    const revision = await publisher.publish('A')
    await until(first.text, (seen) => seen === 'A')
    await publisher.redis.set(keys.settingsOf(revision + 1), 'B')
    await publisher.redis.hset(keys.meta, {
      protocol: PROTOCOL + 1,
      revision: revision + 1,
      sha256: sha256Of('B'),
    })
    await until(
      () => first.errors.length,
      (count) => count > 0,
    )
    expect(first.errors[0]).toMatchObject({
      code: 'settings-refused',
      message: expect.stringContaining(`expected protocol ${PROTOCOL} in ${keys.meta}, got ${PROTOCOL + 1}`),
    })
    await publisher.redis.hset(keys.meta, { revision })
    await publisher.publish('C')
    await until(first.text, (seen) => seen === 'C')
    expect(first.revisions).toHaveLength(2)
  })

  it('settings that could not be used are handed over again, and those that cannot be are not', async () => {
    const outcomes: Taken[] = ['failed', 'failed', 'in-use', 'refused']
    const { publisher, first } = await setUp({
      checkIntervalMs: 20,
      take: (time) => outcomes[time - 1] ?? 'in-use',
    })
    const countOfTexts = async () =>
      Number(/cmdstat_get:calls=(\d+)/.exec(await publisher.redis.info('commandstats'))?.[1] ?? 0)
    const textsBefore = await countOfTexts()
    const revision = await publisher.publish('A')
    await until(first.text, (seen) => seen === 'A')
    expect(first.revisions).toEqual([revision, revision, revision])
    // It came by the message, or was read once: not once for each time.
    expect((await countOfTexts()) - textsBefore).toBeLessThan(2)
    const refused = await publisher.publish('B')
    await until(
      () => first.revisions,
      (seen) => seen.length === 4,
    )
    // Three of its periodic reads later it would have been handed over.
    const reads = () => publisher.redis.info('commandstats').then(countOfReads)
    const before = await reads()
    await until(reads, (count) => count >= before + 3)
    expect(first.revisions).toEqual([revision, revision, revision, refused])
    await publisher.publish('C')
    await until(first.text, (seen) => seen === 'C')
  })

  it('settings that are not what was announced are not taken; the stored ones are', async () => {
    const { publisher, first, keys, environment } = await setUp()
    const revision = await publisher.publish('A')
    await isConnected(first)
    const forged = {
      type: 'update',
      protocol: 1,
      environment,
      revision: revision + 1,
      sha256: 'a'.repeat(64),
      bytes: 1,
      spreadMs: 0,
      settings: 'forged',
    }
    await publisher.redis.publish(keys.updates, JSON.stringify(forged))
    await until(
      () => first.errors.length,
      (count) => count >= 2,
    )
    expect(first.text()).toBe('A')
    expect(first.errors.map(({ code }) => code)).toEqual(['settings-refused', 'settings-refused'])
  })
})

describe('given a Redis with older settings than those in use', () => {
  it('says so, once a hub has had the time to put them back', async () => {
    const { publisher, first, keys } = await setUp({ checkIntervalMs: 20 })
    const old = await publisher.publish('A')
    const revision = await publisher.publish('B')
    await until(first.text, (seen) => seen === 'B')
    await publisher.redis.hset(keys.meta, { revision: old, sha256: sha256Of('A') })
    // Before the first publication it may have said that there is none.
    const { code, message } = await until(
      () => first.errors.at(-1) ?? { code: '', message: '' },
      (error) => error.message.startsWith('Redis has only'),
    )
    expect([code, message]).toEqual([
      'settings-missing',
      expect.stringMatching(
        new RegExp(`^Redis has only revision ${old} of .* Revision ${revision} stays in use\\.$`),
      ),
    ])
    expect(first.text()).toBe('B')
  })
})
