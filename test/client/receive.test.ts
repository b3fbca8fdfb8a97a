import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { describe, expect, it, vi } from 'vitest'
import { INLINE_LIMIT_BYTES, keysOf, PROTOCOL, sha256Of } from '@vwo-hub/protocol'
import { startRedisServer, type RedisServer } from '@vwo-hub/sandbox'
import type { ClientError } from '../../packages/client/dist/errors.js'
import { createReceiver, type Taken } from '../../packages/client/dist/receive/receive.js'
import { connectRedis } from '../../packages/client/dist/connection/connection.js'
import { createPublisher, type Publisher } from '../support/publisher.ts'
import { until } from '../support/until.ts'
import { redisForFile } from '../support/redis-for-file.ts'

const { server, cleanUps } = await redisForFile()

interface Listening {
  readonly revisions: number[]
  /** What each of them changed, where a message said it. */
  readonly summaries: (string | undefined)[]
  readonly errors: ClientError[]
  readonly isSubscribed: () => Promise<boolean>
  readonly text: () => string | undefined
}

async function setUp(
  options: {
    checkIntervalMs?: number
    count?: number
    on?: RedisServer
    url?: string
    environment?: string
    /** What comes of the first settings that are handed over, of the second, and so on. */
    take?: (time: number) => Taken
  } = {},
) {
  const { checkIntervalMs = 60_000, count = 1, on = server, take = () => 'in-use' } = options
  const { environment = `env-${randomUUID()}` } = options
  const keys = keysOf(environment)
  const publisher: Publisher = await createPublisher(on.url, environment)
  cleanUps.push(publisher.close)

  function listen(): Listening & { start(): void } {
    let current = { revision: 0, text: undefined as string | undefined }
    const revisions: number[] = []
    const summaries: (string | undefined)[] = []
    const errors: ClientError[] = []
    const connection = connectRedis(options.url ?? on.url, { name: 'receiver', key: keys.meta })
    const receiver = createReceiver({
      product: 'fullstack',
      connection,
      keys,
      environment,
      checkIntervalMs,
      currentRevision: () => current.revision,
      onIdentity: () => {},
      onSettings: async ({ revision, text, summary }) => {
        revisions.push(revision)
        summaries.push(summary)
        const taken = take(revisions.length)
        if (taken === 'in-use') current = { revision, text }
        return taken
      },
      onConfirmed: () => {},
      onError: (error) => errors.push(error),
    })
    cleanUps.push(receiver.close)
    return {
      revisions,
      summaries,
      errors,
      isSubscribed: async () => {
        const [, subscribers] = (await publisher.redis.call('PUBSUB', 'NUMSUB', keys.updates)) as [
          string,
          number,
        ]
        return subscribers >= count
      },
      text: () => current.text,
      start: receiver.start,
    }
  }

  const receivers = Array.from({ length: count }, listen)
  for (const receiver of receivers) receiver.start()
  const [first] = receivers
  if (first === undefined) throw new Error('expected at least one receiver')
  return { keys, environment, publisher, receivers, first }
}

const isConnected = (receiver: Listening) => until(receiver.isSubscribed, (is) => is)
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

describe('given connections that break', () => {
  it('[invariant 5] no update is missed around 60 broken connections, without any periodic read', async () => {
    const { publisher, receivers } = await setUp({ count: 4 })
    await Promise.all(receivers.map(isConnected))
    for (let round = 0; round < 60; round += 1) {
      const text = `round ${round}`
      const killed = publisher.redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
      await Promise.all([killed, publisher.publish(text)])
      await Promise.all(receivers.map((receiver) => until(receiver.text, (seen) => seen === text)))
    }
    for (const { revisions } of receivers) expect(revisions).toEqual([...revisions].sort((a, b) => a - b))
  })

  it('[invariant 5] a connection to a frozen server is replaced, and catches up', async () => {
    const own = await startRedisServer()
    cleanUps.push(own.close)
    const { publisher, first } = await setUp({ on: own, checkIntervalMs: 200 })
    await publisher.publish('A')
    await until(first.text, (seen) => seen === 'A')
    own.freeze()
    await until(
      () => first.errors.map(({ code }) => code),
      (codes) => codes.includes('redis-unreachable'),
    )
    own.thaw()
    await until(
      () => publisher.redis.status,
      (status) => status === 'ready',
    )
    await until(
      () => publisher.publish('B').catch(() => 0),
      (revision) => revision > 0,
    )
    await until(first.text, (seen) => seen === 'B')
  })
})

describe('given a database that Redis refuses', () => {
  it.each([
    ['the user may not select it', '2', '-select', 'redis-forbidden', /NOPERM.*'select'/],
    ['the server has no such', '99', '+@all', 'redis-unreachable', /index is out of range/],
  ] as const)('nothing of another one is taken: %s', async (_, database, rule, code, message) => {
    const user = `reader-${randomUUID()}`
    const admin = new Redis(server.url)
    cleanUps.push(() => admin.disconnect())
    await admin.acl('SETUSER', user, 'on', '>pw', '~*', '&*', '+@all', rule)
    const url = `${server.url.replace('redis://', `redis://${user}:pw@`)}/${database}`
    const { publisher, first, environment } = await setUp({ url, checkIntervalMs: 20 })
    await publisher.publish('of the first database')
    await until(
      () => first.errors.length,
      (count) => count > 1,
    )
    expect(first.errors.find((error) => message.test(error.message))?.code).toBe(code)
    expect(first.revisions).toEqual([])
    await admin.acl('SETUSER', user, '+@all')
    if (database === '99') return
    const other = await createPublisher(`${server.url}/${database}`, environment)
    cleanUps.push(other.close)
    await other.publish('of its own')
    await until(first.text, (seen) => seen === 'of its own')
  })
})

describe('given a Redis that answers that it cannot', () => {
  it('connects anew ever later', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.999)
    cleanUps.push(() => void vi.restoreAllMocks())
    const environment = `env-${randomUUID()}`
    const admin = new Redis(server.url)
    cleanUps.push(() => admin.disconnect())
    await admin.set(keysOf(environment).meta, 'no hash')
    const beganAt = performance.now()
    const { first } = await setUp({ environment })
    await until(
      () => first.errors.length,
      (count) => count === 5,
    )
    expect(first.errors[0]?.message).toContain('WRONGTYPE')
    // 50, 100, 200 and 400 ms. A timer may fire a millisecond early.
    expect(performance.now() - beganAt).toBeGreaterThan(740)
  })
})

describe('given a connection that is lost while Redis is asked', () => {
  it('the one that has come about since is not cut', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0)
    cleanUps.push(() => void vi.restoreAllMocks())
    // Never connected.
    const redis = new Redis({ lazyConnect: true })
    const lost = new Error('Connection is closed.')
    const reads: ((error: Error) => void)[] = []
    const cuts: number[] = []
    Object.assign(redis, {
      status: 'ready',
      connect: async () => {},
      subscribe: async () => {},
      time: async () => ['0', '0'],
      hmget: () => new Promise((_, reject) => reads.push(reject)),
      disconnect: () => cuts.push(reads.length),
    })
    const receiver = createReceiver({
      product: 'fullstack',
      connection: { redis, isCluster: false },
      keys: keysOf('prod'),
      environment: 'prod',
      checkIntervalMs: 60_000,
      currentRevision: () => 0,
      onIdentity: () => {},
      onSettings: async () => 'in-use',
      onConfirmed: () => {},
      onError: () => {},
    })
    receiver.start()
    redis.emit('ready')
    redis.emit('ready')
    // On neither can anything be read; the second is cut for that, after the first would have been.
    for (const fail of reads) fail(lost)
    await until(
      () => cuts.length,
      (count) => count > 0,
    )
    expect(cuts).toHaveLength(1)
    receiver.close()
  })
})

describe('given a Redis with older settings than those in use', () => {
  it('says so, once a hub has had the time to put them back', async () => {
    const { publisher, first, keys } = await setUp({ checkIntervalMs: 20 })
    const old = await publisher.publish('A')
    const revision = await publisher.publish('B')
    await until(first.text, (seen) => seen === 'B')
    await publisher.redis.hset(keys.meta, { revision: old, sha256: sha256Of('A') })
    await until(
      () => first.errors.length,
      (count) => count > 0,
    )
    expect(first.errors[0]).toMatchObject({
      code: 'settings-missing',
      message: expect.stringMatching(
        new RegExp(`^Redis has only revision ${old} of .* Revision ${revision} stays in use\\.$`),
      ) as string,
    })
    expect(first.text()).toBe('B')
  })
})

describe('given a user that may not subscribe', () => {
  it('says which channel, and stays current by reading', async () => {
    const user = `reader-${randomUUID()}`
    const admin = new Redis(server.url)
    cleanUps.push(() => admin.disconnect())
    await admin.call(
      'ACL',
      'SETUSER',
      user,
      'on',
      '>pw',
      '%R~vwo:*',
      '-@all',
      '+@connection',
      '+get',
      '+hmget',
      '+info',
    )
    const url = server.url.replace('redis://', `redis://${user}:pw@`)
    const { publisher, first, keys } = await setUp({ url, checkIntervalMs: 50 })
    await publisher.publish('A')
    await until(first.text, (seen) => seen === 'A')
    await publisher.publish('B')
    await until(first.text, (seen) => seen === 'B')
    // It may have read before anything was published, and says so then.
    const errors = first.errors.filter(({ code }) => code !== 'settings-missing')
    expect(errors.map(({ code }) => code)).toEqual(['redis-forbidden'])
    expect(errors[0]?.message).toContain(keys.updates)
    expect(errors[0]?.message).not.toContain('pw')
  })

  it('subscribes on the same connection, once somebody permits it', async () => {
    const user = `reader-${randomUUID()}`
    const admin = new Redis(server.url)
    cleanUps.push(() => admin.disconnect())
    await admin.acl('SETUSER', user, 'on', '>pw', '~*', '&*', '+@all')
    const url = server.url.replace('redis://', `redis://${user}:pw@`)
    const { first } = await setUp({ url, checkIntervalMs: 20 })
    await isConnected(first)
    // Redis ends the connection of a subscriber that may not be one any more.
    await admin.acl('SETUSER', user, 'resetchannels')
    await until(
      () => first.errors.map(({ code }) => code),
      (codes) => codes.includes('redis-forbidden'),
    )
    await admin.acl('SETUSER', user, '&*')
    await isConnected(first)
    expect(first.errors.filter(({ code }) => code === 'redis-forbidden')).toHaveLength(1)
  })
})
