import { clientOption, type RedisMember, type SentinelGroup, startSentinelGroup } from '@vwo-hub/sandbox'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { connectRedis as connectClient } from '../../packages/client/dist/connection/connection.js'
import { connectRedis as connectHub } from '../../packages/hub/dist/environment/connect.js'
import { until } from '../support/until.ts'

let group: SentinelGroup

beforeAll(async () => {
  group = await startSentinelGroup()
})
afterAll(async () => {
  await group.close()
})

const sides = {
  'a hub': () => connectHub(group.config, { name: 'test' }) as Redis,
  'a client': () => connectClient(clientOption(group.config), { name: 'test', key: 'vwo:{prod}:meta' }).redis,
}

async function connect(side: keyof typeof sides): Promise<Redis> {
  const redis = sides[side]()
  redis.on('error', () => {})
  onTestFinished(() => redis.disconnect())
  await redis.connect()
  return redis
}

async function ask<T>({ host, port }: RedisMember, question: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis({ host, port, replyMapping: 'legacy' })
  try {
    return await question(redis)
  } finally {
    redis.disconnect()
  }
}

describe.each(['a hub', 'a client'] as const)('given %s that connects by way of sentinels', (side) => {
  it('[invariant 7] nothing listens any more once it is disconnected', async () => {
    const connections = async (): Promise<number> => {
      const lists = await Promise.all(
        group.sentinels.map((sentinel) => ask(sentinel, (asker) => asker.call('CLIENT', 'LIST'))),
      )
      return lists.join('').match(/sub=1/g)?.length ?? 0
    }
    // Those of the tests before it are on their way out.
    await until(connections, (count) => count === 0)
    const redis = await connect(side)
    await until(connections, (count) => count === 1)
    redis.disconnect()
    await until(connections, (count) => count === 0)
  })

  it('[invariant 7] a sentinel that hangs is left once, however often the connection fails meanwhile', async () => {
    const warnings: Error[] = []
    const note = (warning: Error): void => void warnings.push(warning)
    process.on('warning', note)
    onTestFinished(() => void process.off('warning', note))
    const redis = await connect(side)
    for (const sentinel of group.sentinels) sentinel.freeze()
    onTestFinished(() => group.sentinels.forEach((sentinel) => sentinel.thaw()))
    for (let n = 0; n < 20; n += 1) redis.emit('close')
    await new Promise(setImmediate)
    expect(warnings).toEqual([])
  })

  it('[invariant 5] a sentinel that hangs keeps it from nothing', async () => {
    const [first] = group.sentinels
    first?.freeze()
    onTestFinished(() => first?.thaw())
    const redis = await connect(side)
    expect(await redis.ping()).toBe('PONG')
  })
})

it('[invariant 5] hub and client leave a master that was replaced while it still is one, and takes writes', async () => {
  const before = await group.master()
  const connections = [await connect('a hub'), await connect('a client')]
  expect(connections.map(({ stream }) => stream.remotePort)).toEqual([before.port, before.port])
  const after = await group.failOver()
  await until(
    () => connections.map(({ status, stream }) => status === 'ready' && stream.remotePort === after.port),
    (isThere) => isThere.every(Boolean),
  )
  const [role] = (await ask(before, (old) => old.call('ROLE'))) as [string]
  expect(role).toBe('master')
})
