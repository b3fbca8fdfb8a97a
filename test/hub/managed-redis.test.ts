import { createClient } from '@vwo-hub/client'
import { startRedisServer } from '@vwo-hub/sandbox'
import { Redis } from 'ioredis'
import vwoSdk from 'vwo-node-sdk'
import { expect, it, onTestFinished } from 'vitest'
import { doctor } from '../support/doctor.ts'
import { running, startHubs } from '../support/hubs.ts'
import { until } from '../support/until.ts'

it('a Redis of a provider that has disabled CONFIG, CLIENT, ACL, PUBSUB and more carries all of it', async () => {
  const disabled = [
    'CONFIG',
    'CLIENT',
    'ACL',
    'PUBSUB',
    'DEBUG',
    'MONITOR',
    'SHUTDOWN',
    'BGSAVE',
    'SAVE',
    'LATENCY',
  ]
  const server = await startRedisServer({
    args: disabled.flatMap((command) => ['--rename-command', command, '']),
  })
  onTestFinished(server.close)
  const redis = new Redis(server.url)
  onTestFinished(() => redis.disconnect())
  for (const command of disabled) await expect(redis.call(command, 'HELP')).rejects.toThrow(/unknown command/)

  const hubs = await startHubs({ url: server.url, settings: running(['first']) })
  onTestFinished(hubs.close)
  const client = createClient({ environment: hubs.environment, redis: server.url, sdk: vwoSdk })
  onTestFinished(client.close)
  await client.ready()
  // Of a large one it is asked how many there are to fetch it.
  const many = Array.from({ length: 100 }, (_, index) => `campaign-${index}`)
  await hubs.vwo.set(running(['first', 'second', ...many]))
  await until(
    () => client.campaigns().map(({ key }) => key),
    (keys) => keys.includes('second'),
    20_000,
  )
  await until(hubs.handle.read.nodes, ({ nodes, current }) => nodes.length === 1 && current === 1)
  expect(await hubs.acts.planRollback()).toMatchObject({ from: { revision: client.status.revision } })

  const findings = await doctor({ REDIS_URL: server.url, VWO_ENVIRONMENT: hubs.environment })
  expect(findings.filter(({ state }) => state === 'failure' || state === 'warning')).toEqual([])
  expect(findings.find(({ check }) => check === 'redis-permissions')?.state).toBe('ok')
})
