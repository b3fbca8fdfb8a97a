import { randomUUID } from 'node:crypto'
import { keysOf } from '@vwo-hub/protocol'
import type { Patience } from '@vwo-hub/protocol/redis'
import { type RedisServer, startRedisServer } from '@vwo-hub/sandbox'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { connectRedis } from '../../packages/client/dist/connection/connection.js'
import { connectRedis as connectHub } from '../../packages/hub/dist/environment/connect.js'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'
import { until } from '../support/until.ts'

let server: RedisServer
let direct: Redis
let key: string
const text = 'x'.repeat(300_000)

beforeAll(async () => {
  server = await startRedisServer()
  direct = new Redis(server.url)
  key = `text-${randomUUID()}`
  await direct.set(key, text)
})
afterAll(async () => {
  direct.disconnect()
  await server.close()
})

/** A connection over a network of its own, and what ended it. */
async function connect(patience: Patience): Promise<{ redis: Redis; proxy: TcpProxy; heard: string[] }> {
  const { port } = new URL(server.url)
  const proxy = await startTcpProxy({ target: () => ({ host: '127.0.0.1', port: Number(port) }) })
  onTestFinished(proxy.close)
  const url = `redis://${proxy.host}:${proxy.port}`
  const { redis } = connectRedis(url, { name: 'slow', key: keysOf('prod').settings, patience })
  onTestFinished(() => redis.disconnect())
  const heard: string[] = []
  redis.on('error', ({ message }: Error) => void heard.push(message))
  await redis.connect()
  return { redis, proxy, heard }
}

describe('over a slow link', () => {
  it('an answer whose bytes keep coming may take many times as long as a connection may be silent', async () => {
    const { redis, proxy, heard } = await connect({ silenceMs: 400, totalMs: 20_000 })
    proxy.set({ down: { kind: 'slow', bytesPerSecond: 200_000 } })
    const startedAt = performance.now()
    expect(await redis.get(key)).toBe(text)
    expect(performance.now() - startedAt).toBeGreaterThan(1200)
    expect(heard).toEqual([])
  })

  it('who sends much is waited for longer than who sends little', async () => {
    const { redis, proxy, heard } = await connect({ silenceMs: 600, totalMs: 20_000 })
    proxy.set({ up: { kind: 'slow', bytesPerSecond: 1_000_000 } })
    const startedAt = performance.now()
    expect(await redis.set(`large-${key}`, 'x'.repeat(1_500_000))).toBe('OK')
    expect(performance.now() - startedAt).toBeGreaterThan(1200)
    expect(heard).toEqual([])
  })

  it('it may not take for ever, which is told apart', async () => {
    const { redis, proxy, heard } = await connect({ silenceMs: 150, totalMs: 300 })
    proxy.set({ down: { kind: 'slow', bytesPerSecond: 50_000 } })
    const message = 'expected a whole answer within 300 ms, got a part, which kept coming'
    await expect(redis.get(key)).rejects.toThrow(message)
    expect(heard).toEqual([message])
  })
})

describe('[invariant 7] a connection on which nothing comes', () => {
  it('ends with all that was asked on it, and comes back', async () => {
    const { redis, proxy, heard } = await connect({ silenceMs: 100, totalMs: 20_000 })
    proxy.set({ down: { kind: 'swallow' } })
    const asked = [redis.get(key), redis.ping()]
    const message = 'expected something of an answer each 100 ms, got nothing for as long'
    const failures = await Promise.allSettled(asked)
    expect(failures.map((each) => each.status === 'rejected' && (each.reason as Error).message)).toEqual([
      message,
      message,
    ])
    expect(heard).toEqual([message])
    proxy.set({})
    await new Promise((resolve) => redis.once('ready', resolve))
    expect(await redis.ping()).toBe('PONG')
  })

  it('ends also where it is asked again and again', async () => {
    const { redis, proxy, heard } = await connect({ silenceMs: 200, totalMs: 20_000 })
    proxy.set({ up: { kind: 'swallow' } })
    const asked: Promise<unknown>[] = []
    const asking = setInterval(() => asked.push(redis.ping().catch(() => {})), 20)
    await until(
      () => heard.length,
      (count) => count > 0,
    )
    clearInterval(asking)
    expect(heard[0]).toBe('expected something of an answer each 200 ms, got nothing for as long')
    expect(asked.length).toBeLessThan(100)
    await Promise.all(asked)
  })

  it('lasts while nothing is asked', async () => {
    const { redis, heard } = await connect({ silenceMs: 200, totalMs: 2000 })
    await new Promise((resolve) => redis.stream.setTimeout(300, () => resolve(undefined)))
    expect(await redis.ping()).toBe('PONG')
    expect(heard).toEqual([])
  })
})

describe('the connections of client and hub', () => {
  it('have no deadline for size, whatever an app has set for its own', () => {
    const own = { lazyConnect: true, commandTimeout: 10, socketTimeout: 10 }
    const client = connectRedis(own, { name: 'client', key: 'a' }).redis
    const hub = connectHub({ kind: 'standalone', url: 'redis://127.0.0.1:9' }, { name: 'hub' })
    for (const { options } of [client, hub as Redis]) {
      expect(options.commandTimeout).toBeUndefined()
      expect(options.socketTimeout).toBeUndefined()
    }
  })
})
