import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { startRedisCluster } from '@vwo-hub/sandbox'
import { Cluster } from 'ioredis'
import { afterAll, expect, it, onTestFinished, vi } from 'vitest'
import type { RedisConfig } from '@vwo-hub/hub'
import { connectRedis } from '../../packages/hub/dist/environment/connect.js'
import { until } from '../support/until.ts'

/** Connects as a hub does. */
async function connect(config: RedisConfig): Promise<Cluster> {
  const redis = connectRedis(config, { name: 'test' })
  if (!(redis instanceof Cluster)) throw new Error('expected a cluster')
  onTestFinished(() => redis.disconnect())
  redis.on('error', () => {})
  await redis.connect()
  return redis
}

const cluster = await startRedisCluster({ masters: 2 })
afterAll(cluster.close)

it('of a cluster a server that sends on to its own address is connected to anew with a wait each time', async () => {
  const [first = expect.fail('no server'), second = expect.fail('no server')] = cluster.nodes
  // As by a proxy that leads to another server than before.
  const natMap = { [`${second.host}:${second.port}`]: { host: first.host, port: first.port } }
  const nodes = [{ host: first.host, port: first.port }]
  const redis = await connect({ kind: 'cluster', nodes, natMap })
  let key = 'key'
  while ((await cluster.master(key)) !== second) key += 'y'
  let connections = 0
  redis.on('+node', () => (connections += 1))
  const waiting = vi.spyOn(globalThis, 'setTimeout')
  onTestFinished(() => waiting.mockRestore())

  await expect(redis.set(key, 'value')).rejects.toThrow(/MOVED/)
  const waits = waiting.mock.calls.filter(([, ms]) => ms === 100)
  expect(connections).toBeGreaterThan(1)
  expect(waits.length).toBeGreaterThanOrEqual(connections)
})

it('a process that leaves a cluster while it asks for the slots again ends', async () => {
  const args = ['--input-type=module', '-e', leaving, JSON.stringify(cluster.config)]
  const { stdout } = await run(process.execPath, args, { cwd: import.meta.dirname, timeout: 30_000 })
  expect(stdout).toBe('left')
})

// The last one: the cluster is of no use after it.
it('of a cluster that is down, a command ends with what Redis says', async () => {
  const redis = await connect(cluster.config)
  for (const node of redis.nodes()) await node.cluster('DELSLOTS', 0)
  const refusal = await until(
    () => redis.set('key', 'value').catch((error: unknown) => error),
    (answer) => answer instanceof Error,
  )
  expect(refusal).toMatchObject({ name: 'ReplyError', message: expect.stringMatching(/^CLUSTERDOWN /) })
})

const run = promisify(execFile)
const leaving = `
  import { connectRedis } from '../../packages/hub/dist/environment/connect.js'
  const redis = connectRedis(JSON.parse(process.argv[1]), { name: 'test' })
  await redis.connect()
  const refresh = redis.refreshSlotsCache.bind(redis)
  redis.refreshSlotsCache = (told) => {
    redis.refreshSlotsCache = refresh
    refresh(told)
    redis.disconnect()
    redis.once('end', () => process.stdout.write('left'))
  }`
