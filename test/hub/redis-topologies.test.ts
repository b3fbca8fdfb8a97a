import {
  type RedisCluster,
  asUser,
  redisEnv,
  type SentinelGroup,
  startRedisCluster,
  startRedisServer,
  startSentinelGroup,
} from '@vwo-hub/sandbox'
import { Redis } from 'ioredis'
import { describe, expect, it, onTestFinished } from 'vitest'
import { readRedisConfig } from '../../packages/hub/dist/config/command-config.js'
import type { RedisConfig } from '@vwo-hub/hub'
import { connectRedis, type RedisConnection } from '../../packages/hub/dist/environment/connect.js'
import { createCertificate } from '../support/certificate.ts'
import { isRunning } from '../support/processes.ts'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'
import { until } from '../support/until.ts'

/** Connects as a hub does. */
async function connect(config: RedisConfig): Promise<RedisConnection> {
  const redis = connectRedis(config, { name: 'test' })
  redis.on('error', () => {})
  onTestFinished(() => {
    redis.disconnect()
  })
  await redis.connect()
  return redis
}

/** Writes until it works: while a master is replaced nothing can be written. */
async function writes(redis: RedisConnection, value: string): Promise<void> {
  await until(
    () => redis.set('{vwo}:key', value).catch(String),
    (answer) => answer === 'OK',
  )
}

const reader = { username: 'reader', password: 'open-sesame' }
const users = ['user reader on >open-sesame ~{vwo}* +get +ping +info +cluster +hello +client +role']

describe('a server of one’s own with TLS and users', () => {
  it('speaks TLS alone, lets its owner do everything and others what they may', async () => {
    const tls = await createCertificate()
    const server = await startRedisServer({ tls, users: ['user reader on >secret ~app:* +get +info'] })
    onTestFinished(server.close)
    const owner = await connect(server.config)
    expect(await owner.set('app:key', 'value')).toBe('OK')

    const redis = await connect(asUser(server.config, { username: 'reader', password: 'secret' }))
    expect(await redis.get('app:key')).toBe('value')
    await expect(redis.set('app:key', 'other')).rejects.toThrow(/NOPERM/)
    await expect(redis.get('other')).rejects.toThrow(/NOPERM/)

    const plain = new Redis({
      host: server.host,
      port: server.port,
      lazyConnect: true,
      retryStrategy: () => null,
    })
    plain.on('error', () => {})
    await expect(plain.connect()).rejects.toThrow(/closed/)
  })

  it('is still the same after a restart', async () => {
    const server = await startRedisServer({ tls: await createCertificate(), users: [] })
    onTestFinished(server.close)
    await server.restart()
    expect(await (await connect(server.config)).ping()).toBe('PONG')
  })
})

describe('a Sentinel group', () => {
  async function start(options?: Parameters<typeof startSentinelGroup>[0]): Promise<SentinelGroup> {
    const group = await startSentinelGroup(options)
    onTestFinished(group.close)
    return group
  }

  it('gets another master when it is killed; the old one comes back as its replica', async () => {
    const group = await start()
    const first = await group.master()
    expect(first).toBe(group.members[0])
    const redis = await connect(group.config)
    await writes(redis, 'before')
    await first.kill()
    const second = await group.failedOver(first)
    expect(second).toBe(group.members[1])
    await writes(redis, 'after')

    await first.restart()
    const replica = new Redis({ host: first.host, port: first.port })
    onTestFinished(() => {
      replica.disconnect()
    })
    await until(
      () => replica.get('{vwo}:key'),
      (value) => value === 'after',
    )
    expect(await group.failOver()).toBe(first)
    await writes(redis, 'again')
  })

  it('speaks TLS and has users, sentinels included', async () => {
    const group = await start({ tls: await createCertificate(), users })
    const redis = await connect(group.config)
    await writes(redis, 'value')
    const { config } = group
    const limited = await connect(asUser(config, reader))
    expect(await limited.get('{vwo}:key')).toBe('value')
    await expect(limited.set('{vwo}:key', 'other')).rejects.toThrow(/NOPERM/)
    expect(readRedisConfig(redisEnv(config, 'ca.pem'), () => config.tls?.ca ?? '').redis).toEqual(config)
  })

  it('tells everybody the addresses of proxies', async () => {
    const ports = new Map<number, number>()
    const group = await start({
      announce: async (server) => {
        const proxy = await startTcpProxy({ target: () => server })
        onTestFinished(proxy.close)
        ports.set(server.port, proxy.port)
        return proxy
      },
    })
    const first = await group.master()
    const { options } = (await connect(group.config)) as Redis
    expect(options.port).not.toBe(first.port)
    await first.kill()
    const second = await group.failedOver(first)
    const redis = await connect(group.config)
    await writes(redis, 'value')
    expect((redis as Redis).stream.remotePort).toBe(ports.get(second.port))
  })

  it('leaves no process behind', async () => {
    const group = await startSentinelGroup()
    const pids = [...group.members, ...group.sentinels].map(({ pid }) => pid)
    expect(pids.map(isRunning)).toEqual([true, true, true, true, true])
    await Promise.all([group.close(), group.close()])
    expect(pids.map(isRunning)).toEqual([false, false, false, false, false])
  })
})

describe('a Redis Cluster', () => {
  async function start(options?: Parameters<typeof startRedisCluster>[0]): Promise<RedisCluster> {
    const cluster = await startRedisCluster(options)
    onTestFinished(cluster.close)
    return cluster
  }

  it('serves every slot from three nodes', async () => {
    const cluster = await start()
    expect(cluster.nodes).toHaveLength(3)
    const redis = await connect(cluster.config)
    for (const key of ['a', 'b', 'c', 'd', 'e']) expect(await redis.set(key, key)).toBe('OK')
    const nodes = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((key) => cluster.master(key)))
    expect(new Set(nodes).size).toBe(3)
  })

  it('a node that is killed comes back to its slots, empty', async () => {
    const cluster = await start()
    const redis = await connect(cluster.config)
    await writes(redis, 'value')
    const node = await cluster.master('{vwo}')
    await node.restart()
    await cluster.whole()
    expect(await cluster.master('{vwo}')).toBe(node)
    expect(await redis.get('{vwo}:key')).toBeNull()
  })

  it('a replica takes over, by itself when the node is killed, and when asked to', async () => {
    const cluster = await start({ replicas: 1 })
    const first = await cluster.master('{vwo}')
    const redis = await connect(cluster.config)
    await writes(redis, 'before')
    await first.kill()
    await cluster.failedOver('{vwo}', first)
    await writes(redis, 'after')
    await first.restart()
    await cluster.whole()
    expect(await cluster.failOver('{vwo}')).toBe(first)
    await writes(redis, 'again')
  })

  it('speaks TLS and has users', async () => {
    const cluster = await start({ tls: await createCertificate(), users })
    await writes(await connect(cluster.config), 'value')
    const { config } = cluster
    const limited = await connect(asUser(config, reader))
    expect(await limited.get('{vwo}:key')).toBe('value')
    await expect(limited.set('{vwo}:key', 'other')).rejects.toThrow(/NOPERM/)
    expect(readRedisConfig(redisEnv(config, 'ca.pem'), () => config.tls?.ca ?? '').redis).toEqual(config)
  })

  it('a replica gives a half-open connection to its master up, and gets in step by another one', async () => {
    const proxies = new Map<number, TcpProxy>()
    const cluster = await start({
      replicas: 1,
      startTimeoutMs: 30_000,
      announce: async (server) => {
        const proxy = await startTcpProxy({ target: () => server })
        onTestFinished(proxy.close)
        proxies.set(server.port, proxy)
        return proxy
      },
    })
    const { port } = await cluster.master('{vwo}')
    const proxy = proxies.get(port)
    let isNextHalfOpen = false
    const concerns = (): boolean => {
      const wasNext = isNextHalfOpen
      isNextHalfOpen = false
      return wasNext
    }
    proxy?.cut()
    proxy?.set({ down: { kind: 'swallow' }, concerns })
    isNextHalfOpen = true
    await until(
      () => isNextHalfOpen,
      (isNext) => !isNext,
    )
    await cluster.whole()
  })

  it('tells everybody the addresses of proxies', async () => {
    const ports = new Set<number>()
    const cluster = await start({
      announce: async (server) => {
        const proxy = await startTcpProxy({ target: () => server })
        onTestFinished(proxy.close)
        ports.add(proxy.port)
        return proxy
      },
    })
    const redis = await connect(cluster.config)
    await writes(redis, 'value')
    const slots = (await redis.cluster('SLOTS')) as unknown as [number, number, [string, number]][]
    expect(new Set(slots.map(([, , [, port]]) => port))).toEqual(ports)
  })
})
