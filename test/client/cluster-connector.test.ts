import { randomUUID } from 'node:crypto'
import vwoSdk from 'vwo-node-sdk'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { createClient, type ClientError, type ClusterOption } from '@vwo-hub/client'
import { keysOf } from '@vwo-hub/protocol'
import { clientOption, type RedisCluster, type RedisMember, startRedisCluster } from '@vwo-hub/sandbox'
import { Redis } from 'ioredis'
import { createPublisher } from '../support/publisher.ts'
import { settingsFile } from '../support/settings-file.ts'

afterEach(() => void vi.restoreAllMocks())

const settings = JSON.stringify(settingsFile({ accountId: 1, sdkKey: 'the-sdk-key', campaigns: [] }))

/** A cluster with settings in it, in which a server that hangs is not noticed by the others. */
async function start() {
  const cluster = await startRedisCluster({ nodeTimeoutMs: 60_000 })
  onTestFinished(cluster.close)
  const environment = `env-${randomUUID()}`
  const publisher = await createPublisher(cluster.config, environment)
  await publisher.publish(settings)
  publisher.close()
  return { cluster, environment, master: await cluster.master(keysOf(environment).meta) }
}

/** Connects a client, and ends it. */
async function connect(cluster: RedisCluster, environment: string) {
  const client = createClient({
    environment,
    redis: clientOption(cluster.config),
    sdk: vwoSdk,
    launch: { isDevelopmentMode: true },
    report: false,
  })
  const errors: ClientError[] = []
  client.on('error', (error) => errors.push(error))
  const { source } = await client.ready()
  await client.close()
  return { source, errors }
}

const fromRedis = { source: 'redis', errors: [] }

/** Has the next connections ask this server of the cluster first. */
function askFirst({ config, nodes }: RedisCluster, member: RedisMember): void {
  if (config.kind !== 'cluster') throw new Error('expected a cluster')
  const index = config.nodes.findIndex(({ port }) => port === member.port)
  vi.spyOn(Math, 'random').mockReturnValue((index + 0.5) / nodes.length)
}

async function questions({ nodes }: RedisCluster): Promise<number> {
  const counts = nodes.map(async ({ host, port }) => {
    const redis = new Redis({ host, port })
    onTestFinished(() => redis.disconnect())
    const calls = /cmdstat_cluster\|slots:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1]
    return Number(calls ?? 0)
  })
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0)
}

describe('a client that looks for its server in a cluster', () => {
  it('asks one server, not all of them', async () => {
    const { cluster, environment } = await start()
    const before = await questions(cluster)
    for (let connection = 0; connection < 10; connection += 1)
      expect(await connect(cluster, environment)).toEqual(fromRedis)
    // Rather than 30. A server that is slow to answer makes it ask another one.
    expect((await questions(cluster)) - before).toBeLessThan(20)
  })

  it('says what is wrong with each that it has asked', async () => {
    const { cluster, environment } = await start()
    const client = createClient({
      environment,
      redis: { ...(clientOption(cluster.config) as ClusterOption), username: 'nobody', password: 'wrong' },
      sdk: vwoSdk,
      launch: { isDevelopmentMode: true },
    })
    onTestFinished(client.close)
    const errors: ClientError[] = []
    client.on('error', (error) => errors.push(error))
    await client.ready({ timeoutMs: 500 })
    const [{ port } = expect.fail('no server')] = cluster.nodes
    expect(errors[0]?.message).toMatch(
      new RegExp(`no node of the cluster tells who serves .*: .*127\\.0\\.0\\.1:${port}: WRONGPASS`),
    )
  })

  it('is not held up by one that hangs', async () => {
    const { cluster, environment, master } = await start()
    const hanging = cluster.nodes.find((node) => node !== master) ?? expect.fail('only one server')
    hanging.freeze()
    askFirst(cluster, hanging)
    expect(await connect(cluster, environment)).toEqual(fromRedis)
  })

  it('is not held up by one that is down', async () => {
    const { cluster, environment, master } = await start()
    const down = cluster.nodes.find((node) => node !== master) ?? expect.fail('only one server')
    await down.kill()
    askFirst(cluster, down)
    expect(await connect(cluster, environment)).toEqual(fromRedis)
  })
})
