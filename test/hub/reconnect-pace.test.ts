import { clientOption, type RedisCluster, startRedisCluster } from '@vwo-hub/sandbox'
import { Cluster, type Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, expect, it, onTestFinished, vi } from 'vitest'
import { connectRedis as connectClient } from '../../packages/client/dist/connection/connection.js'
import { connectRedis as connectHub } from '../../packages/hub/dist/environment/connect.js'
import { reconnectPace } from '../../packages/protocol/dist/redis.js'
import { until } from '../support/until.ts'

/** The longest that a wait can be, as chance has it. */
const NEARLY_1 = 0.9999

let servers: RedisCluster
beforeAll(async () => {
  servers = await startRedisCluster({ masters: 1 })
})
afterAll(async () => {
  await servers.close()
})
afterEach(() => void vi.restoreAllMocks())

const node = () => servers.nodes[0] ?? expect.fail('no server')

const connections: Record<string, () => Redis | Cluster> = {
  'a hub': () =>
    connectHub({ kind: 'standalone', url: `redis://127.0.0.1:${node().port}` }, { name: 'test' }),
  'a hub of a Cluster': () => connectHub(servers.config, { name: 'test' }),
  'a client': () => connectClient(`redis://127.0.0.1:${node().port}`, { name: 'test', key: 'key' }).redis,
  'a client of a Cluster': () =>
    connectClient(clientOption(servers.config), { name: 'test', key: 'key' }).redis,
}

/** Notes how long it waits before each attempt to come back. */
function noteWaits(redis: Redis | Cluster): unknown[] {
  const waits: unknown[] = []
  const options = redis.options as Record<string, unknown>
  const name = redis instanceof Cluster ? 'clusterRetryStrategy' : 'retryStrategy'
  const strategy = options[name] as (attempt: number) => unknown
  options[name] = (attempt: number) => {
    const wait = strategy(attempt)
    waits.push(wait)
    return wait
  }
  return waits
}

it.each(Object.entries(connections))(
  '%s comes back ever later to what closes as soon as it is ready',
  async (_, connect) => {
    vi.spyOn(Math, 'random').mockReturnValue(NEARLY_1)
    const redis = connect()
    onTestFinished(() => redis.disconnect())
    redis.on('error', () => {})
    redis.on('ready', () => redis.disconnect(true))
    const waits = noteWaits(redis)
    redis.connect().catch(() => {})
    await until(
      () => waits.length,
      (count) => count >= 4,
    )
    expect(waits.slice(0, 4)).toEqual([100, 200, 400, 800])
  },
)

it('what has lasted for ten seconds is come back to at once', () => {
  vi.spyOn(Math, 'random').mockReturnValue(NEARLY_1)
  const now = vi.spyOn(performance, 'now').mockReturnValue(0)
  const pace = reconnectPace()
  expect([pace(), pace(), pace(), pace(), pace(), pace()]).toEqual([100, 200, 400, 800, 1000, 1000])
  now.mockReturnValue(10_000)
  expect(pace()).toBe(1000)
  now.mockReturnValue(21_001)
  expect([pace(), pace()]).toEqual([100, 200])
})
