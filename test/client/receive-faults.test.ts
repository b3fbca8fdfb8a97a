import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { keysOf } from '@vwo-hub/protocol'
import { startRedisServer } from '@vwo-hub/sandbox'
import { connectRedis } from '../../packages/client/dist/connection/connection.js'
import { createReceiver } from '../../packages/client/dist/receive/receive.js'
import { createPublisher } from '../support/publisher.ts'
import { createReceivers, isConnected } from '../support/receivers.ts'
import { redisForFile } from '../support/redis-for-file.ts'
import { until } from '../support/until.ts'

const { server, cleanUps } = await redisForFile()
const setUp = createReceivers({ server, cleanUps })

describe('given connections that break', () => {
  it('[invariant 5] no update is missed around 20 broken connections, without any periodic read', async () => {
    // Twenty in a row they come back to ever later, which is not what is tried here.
    vi.spyOn(Math, 'random').mockReturnValue(0)
    cleanUps.push(() => void vi.restoreAllMocks())
    const { publisher, receivers } = await setUp({ count: 4 })
    await Promise.all(receivers.map(isConnected))
    for (let round = 0; round < 20; round += 1) {
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
    expect(first.errors[0]).toMatchObject({
      code: 'redis-unreachable',
      message: expect.stringMatching(/^Cannot read vwo:.*:meta: Redis answers WRONGTYPE /),
    })
    // 50, 100, 200 and 400 ms. A timer may fire a millisecond early.
    expect(performance.now() - beganAt).toBeGreaterThan(740)
  })
})

describe('given a clock of this host that is set back by days', () => {
  function setBack(days: number): void {
    const now = Date.now.bind(Date)
    vi.spyOn(Date, 'now').mockImplementation(() => now() - days * 86_400_000)
    onTestFinished(() => void vi.restoreAllMocks())
  }

  it('what is published is taken all the same', async () => {
    const { publisher, first } = await setUp({ checkIntervalMs: 20 })
    await publisher.publish('A')
    await until(first.text, (seen) => seen === 'A')
    setBack(3)
    await publisher.publish('B')
    await until(first.text, (seen) => seen === 'B')
    expect([first.errors, first.revisions.length]).toEqual([[], 2])
  })

  it('a read and a message at the same time wait for the same answer', async () => {
    const environment = `env-${randomUUID()}`
    const keys = keysOf(environment)
    const publisher = await createPublisher(server.url, environment)
    cleanUps.push(publisher.close)
    const connection = connectRedis(server.url, { name: 'receiver', key: keys.meta })
    const { redis } = connection
    const [texts, errors]: [string[], Error[]] = [[], []]
    let revision = -1
    const receiver = createReceiver({
      ...{ product: 'fullstack', connection, keys, environment, checkIntervalMs: 5 },
      currentRevision: () => revision,
      onIdentity: () => {},
      onSettings: async (settings) => {
        revision = settings.revision
        texts.push(settings.text)
        return 'in-use'
      },
      onConfirmed: () => {},
      onError: (error) => errors.push(error),
    })
    cleanUps.push(receiver.close)
    await publisher.publish('A')
    receiver.start()
    await until(
      () => texts.length,
      (count) => count === 1,
    )

    let answer = (): void => {}
    const time = redis.time.bind(redis)
    const asked = vi.spyOn(redis, 'time').mockImplementation(async () => {
      await new Promise<void>((resolve) => (answer = resolve))
      return await time()
    })
    setBack(3)
    const published = await publisher.publish('B')
    await until(
      () => asked.mock.calls.length,
      (count) => count === 1,
    )
    const reading = receiver.read()
    // Answered after what is read, and after the message.
    await redis.ping()
    answer()
    expect(await reading).toBe(published)
    expect([texts, errors, asked.mock.calls.length]).toEqual([['A', 'B'], [], 1])
  })

  it('a message is taken at once', async () => {
    const { publisher, first } = await setUp()
    await publisher.publish('A')
    await until(first.text, (seen) => seen === 'A')
    await isConnected(first)
    setBack(2)
    await publisher.publish('B')
    await until(first.text, (seen) => seen === 'B')
    expect(first.errors).toEqual([])
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
