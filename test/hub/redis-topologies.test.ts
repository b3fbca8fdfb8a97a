import {
  type Announce,
  asUser,
  startRedisCluster,
  startRedisServer,
  startSentinelGroup,
} from '@vwo-hub/sandbox'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
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

/**
 * Servers for all tests of the block that calls this. They announce the addresses of proxies before them, which go by the port
 * of their server.
 */
function behindProxies<Servers extends { close(): Promise<void> }>(
  start: (announce: Announce) => Promise<Servers>,
) {
  const proxies = new Map<number, TcpProxy>()
  let servers: Servers
  beforeAll(async () => {
    servers = await start(async (server) => {
      const proxy = await startTcpProxy({ target: () => server })
      proxies.set(server.port, proxy)
      return proxy
    })
  })
  afterAll(async () => {
    await servers.close()
    await Promise.all([...proxies.values()].map((proxy) => proxy.close()))
  })
  return { proxies, servers: () => servers }
}

describe('a server of one’s own with TLS and users', () => {
  it('speaks TLS alone, lets its owner do everything and others what they may, also after a restart', async () => {
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

    await server.restart()
    expect(await (await connect(server.config)).ping()).toBe('PONG')
  })
})

describe('a Sentinel group', () => {
  const { proxies, servers: group } = behindProxies((announce) => startSentinelGroup({ announce }))

  it('tells everybody the addresses of proxies', async () => {
    const { port } = await group().master()
    const { stream } = (await connect(group().config)) as Redis
    expect(stream.remotePort).toBe(proxies.get(port)?.port)
  })

  it('gets another master when it is killed; the old one comes back as its replica', async () => {
    const first = await group().master()
    expect(first).toBe(group().members[0])
    const redis = await connect(group().config)
    await writes(redis, 'before')
    await first.kill()
    const second = await group().failedOver(first)
    expect(second).toBe(group().members[1])
    await writes(redis, 'after')
    expect((redis as Redis).stream.remotePort).toBe(proxies.get(second.port)?.port)

    await first.restart()
    const replica = new Redis({ host: first.host, port: first.port })
    onTestFinished(() => {
      replica.disconnect()
    })
    await until(
      () => replica.get('{vwo}:key'),
      (value) => value === 'after',
    )
    expect(await group().failOver()).toBe(first)
    await writes(redis, 'again')
  })

  // The last one, as it closes the group.
  it('leaves no process behind', async () => {
    const pids = [...group().members, ...group().sentinels].map(({ pid }) => pid)
    expect(pids.map(isRunning)).toEqual([true, true, true, true, true])
    await Promise.all([group().close(), group().close()])
    expect(pids.map(isRunning)).toEqual([false, false, false, false, false])
  })
})

describe('a Redis Cluster', () => {
  const { proxies, servers: cluster } = behindProxies((announce) => startRedisCluster({ announce }))

  it('serves every slot from three nodes', async () => {
    expect(cluster().nodes).toHaveLength(3)
    const redis = await connect(cluster().config)
    for (const key of ['a', 'b', 'c', 'd', 'e']) expect(await redis.set(key, key)).toBe('OK')
    const nodes = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((key) => cluster().master(key)))
    expect(new Set(nodes).size).toBe(3)
  })

  it('tells everybody the addresses of proxies', async () => {
    const redis = await connect(cluster().config)
    await writes(redis, 'value')
    const slots = (await redis.cluster('SLOTS')) as unknown as [number, number, [string, number]][]
    expect(new Set(slots.map(([, , [, port]]) => port))).toEqual(
      new Set([...proxies.values()].map(({ port }) => port)),
    )
  })

  it('gets a node that is killed back to its slots, empty', async () => {
    const redis = await connect(cluster().config)
    await writes(redis, 'value')
    const node = await cluster().master('{vwo}')
    await node.restart()
    await cluster().whole()
    expect(await cluster().master('{vwo}')).toBe(node)
    expect(await redis.get('{vwo}:key')).toBeNull()
  })
})

describe('a Redis Cluster with replicas', () => {
  const { proxies, servers: cluster } = behindProxies((announce) =>
    startRedisCluster({ replicas: 1, startTimeoutMs: 30_000, announce }),
  )

  it('has a replica take over, by itself when the node is killed, and when asked to', async () => {
    const first = await cluster().master('{vwo}')
    const redis = await connect(cluster().config)
    await writes(redis, 'before')
    await first.kill()
    await cluster().failedOver('{vwo}', first)
    await writes(redis, 'after')
    await first.restart()
    await cluster().whole()
    expect(await cluster().failOver('{vwo}')).toBe(first)
    await writes(redis, 'again')
    await cluster().whole()
  })

  it('has a replica give a half-open connection to its master up, and get in step by another one', async () => {
    const { port } = await cluster().master('{vwo}')
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
    await cluster().whole()
  })
})
