import { randomUUID } from 'node:crypto'
import vwoSdk from 'vwo-node-sdk'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createClient, type RedisOption } from '@vwo-hub/client'
import { startRedisCluster, startRedisServer } from '@vwo-hub/sandbox'
import { Cluster, Redis } from 'ioredis'
import { connectRedis } from '../../packages/client/dist/connection/connection.js'
import { createPublisher } from '../support/publisher.ts'
import { settingsFile } from '../support/settings-file.ts'

const settings = JSON.stringify(settingsFile({ accountId: 1, sdkKey: 'the-sdk-key', campaigns: [] }))

/** Publishes for a new environment. */
async function publish(where: Parameters<typeof createPublisher>[0]) {
  const environment = `env-${randomUUID()}`
  const publisher = await createPublisher(where, environment)
  const revision = await publisher.publish(settings)
  publisher.close()
  return { environment, revision }
}

/** What a client is ready with; it is closed then. */
async function readyWith(redis: RedisOption, environment: string) {
  const client = createClient({ environment, redis, sdk: vwoSdk, launch: { isDevelopmentMode: true } })
  const ready = await client.ready()
  await client.close()
  return ready
}

describe("a connection of the app's", () => {
  it('is where the client connects to, whatever else the app does with it, and stays as it is', async () => {
    const server = await startRedisServer()
    onTestFinished(server.close)
    const { environment, revision } = await publish(server.url)
    const own = new Redis(server.url, {
      ...{ keyPrefix: 'app:', enableAutoPipelining: true, failoverDetector: true },
    })
    onTestFinished(() => own.disconnect())
    await own.subscribe('news')
    const listeners = own.eventNames().map((name) => own.listenerCount(name))

    expect(await readyWith(own, environment)).toEqual({ state: 'ready', revision, source: 'redis' })

    expect(own.eventNames().map((name) => own.listenerCount(name))).toEqual(listeners)
    const news = new Promise((resolve) => own.once('message', (...heard) => resolve(heard)))
    const other = new Redis(server.url)
    onTestFinished(() => other.disconnect())
    await other.publish('news', 'hello')
    expect(await news).toEqual(['news', 'hello'])
  })

  it('may be a Cluster, also one that is not connected yet', async () => {
    const cluster = await startRedisCluster()
    onTestFinished(cluster.close)
    const { environment, revision } = await publish(cluster.config)
    const [first, second, third] = cluster.nodes
    const seeds = [`${first?.host}:${first?.port}`, `redis://${second?.host}:${second?.port}`]
    for (const seed of [...seeds, third?.port ?? 0, { host: first?.host ?? '', port: first?.port ?? 0 }]) {
      const own = new Cluster([seed], { redisOptions: { keyPrefix: 'app:' } })
      onTestFinished(() => own.disconnect())
      expect(await readyWith(own, environment)).toEqual({ state: 'ready', revision, source: 'redis' })
      await own.set('key', 'value')
      expect(await readyWith(own, environment)).toEqual({ state: 'ready', revision, source: 'redis' })
      expect(await own.get('key')).toBe('value')
    }
  })

  it.each(['options', 'a connection'])(
    'may be set to connect anew at what Redis refuses, which the client does not do: given as %s',
    async (kind) => {
      const server = await startRedisServer({ args: ['--replicaof', '127.0.0.1', '1'] })
      onTestFinished(server.close)
      const { host, port } = server
      const options = { host, port, reconnectOnError: (error: Error) => error.message.includes('READONLY') }
      const own = new Redis({ ...options, lazyConnect: true })
      const { redis } = connectRedis(kind === 'options' ? options : own, { name: 'test', key: 'key' })
      onTestFinished(() => redis.disconnect())
      await redis.connect()
      await expect(redis.hset('key', 'field', 'value')).rejects.toThrow('READONLY')
      expect(await redis.ping()).toBe('PONG')
    },
  )
})
