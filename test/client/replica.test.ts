import { randomUUID } from 'node:crypto'
import vwoSdk from 'vwo-node-sdk'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createClient, type Client, type ClientError, type RedisOption } from '@vwo-hub/client'
import { keysOf } from '@vwo-hub/protocol'
import { clientOption, startRedisServer, startSentinelGroup } from '@vwo-hub/sandbox'
import { Redis } from 'ioredis'
import { createPublisher, type Publisher } from '../support/publisher.ts'
import { abTest, settingsFile } from '../support/settings-file.ts'
import { until } from '../support/until.ts'

/** Everybody gets the variation of this name; padded past the inline limit where it is to be fetched. */
const everybodyGets = (name: string, padding = '') =>
  JSON.stringify(
    settingsFile({
      accountId: 1,
      sdkKey: 'the-sdk-key',
      campaigns: [
        abTest('checkout-test', { variations: [{ id: 1, name, weight: 100, changes: { padding } }] }),
      ],
    }),
  )

/** A client that could not know of an update but by a message: its next read is an hour away. */
function follow(redis: RedisOption, environment: string, options: { checkIntervalMs?: number } = {}) {
  const client = createClient({
    environment,
    redis,
    sdk: vwoSdk,
    launch: { isDevelopmentMode: true },
    report: false,
    checkIntervalMs: options.checkIntervalMs ?? 3_600_000,
  })
  onTestFinished(client.close)
  const errors: ClientError[] = []
  client.on('error', (error) => errors.push(error))
  return { client, errors }
}

const decides = async (client: Client, name: string) =>
  await until(
    () => client.getVariationName('checkout-test', 'user'),
    (variation) => variation === name,
  )

async function publisherOf(where: Parameters<typeof createPublisher>[0], environment: string) {
  const publisher: Publisher = await createPublisher(where, environment)
  onTestFinished(publisher.close)
  return publisher
}

describe('given a replica of the Redis that the hub writes to', () => {
  it('a client follows the replica: small updates in the message, large ones by a read', async () => {
    const environment = `env-${randomUUID()}`
    const master = await startRedisServer({ args: ['--repl-diskless-sync-delay', '0'] })
    onTestFinished(master.close)
    const replica = await startRedisServer({ args: ['--replicaof', master.host, String(master.port)] })
    onTestFinished(replica.close)
    const onReplica = new Redis(replica.url)
    onTestFinished(() => onReplica.disconnect())
    await until(
      () => onReplica.info('replication'),
      (info) => info.includes('master_link_status:up'),
    )
    const publisher = await publisherOf(master.url, environment)
    await publisher.publish(everybodyGets('A'))
    await until(() => onReplica.exists(keysOf(environment).meta), Boolean)
    const { client, errors } = follow(replica.url, environment)
    await decides(client, 'A')
    expect(await publisher.redis.call('PUBSUB', 'NUMSUB', keysOf(environment).updates)).toContain(0)

    await publisher.publish(everybodyGets('B'))
    await decides(client, 'B')
    await publisher.publish(everybodyGets('C', 'x'.repeat(100_000)))
    await decides(client, 'C')
    expect(errors).toEqual([])
    expect(await onReplica.call('CLIENT', 'LIST')).toContain(`name=vwo-client:${environment}`)
    expect(await publisher.redis.call('CLIENT', 'LIST')).not.toContain(`name=vwo-client:${environment}`)
  })
})

describe('given sentinels, and a client that asks them for a replica', () => {
  it('it follows a replica, and goes on with another server when that one is lost', async () => {
    const environment = `env-${randomUUID()}`
    const group = await startSentinelGroup({ replicas: 2 })
    onTestFinished(group.close)
    const [, first, second] = group.members
    const publisher = await publisherOf(group.config, environment)
    await publisher.publish(everybodyGets('A'))
    const option = { ...(clientOption(group.config) as object), role: 'slave' } as RedisOption
    const { client } = follow(option, environment, { checkIntervalMs: 500 })
    await decides(client, 'A')
    expect(await publisher.redis.call('PUBSUB', 'NUMSUB', keysOf(environment).updates)).toContain(0)

    const subscribers = async ({ host, port }: { host: string; port: number }) => {
      const redis = new Redis(port, host)
      const answer = (await redis.call('PUBSUB', 'NUMSUB', keysOf(environment).updates)) as unknown[]
      redis.disconnect()
      return Number(answer[1])
    }
    if (first === undefined || second === undefined) throw new Error('expected two replicas')
    const isOnFirst = (await subscribers(first)) === 1
    await (isOnFirst ? first : second).kill()
    await publisher.publish(everybodyGets('B'))
    await decides(client, 'B')
  })
})
