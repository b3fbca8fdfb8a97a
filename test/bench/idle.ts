import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { startRedisServer } from '@vwo-hub/sandbox'
import { startChild } from './support/child.ts'
import type { Figure } from './support/figure.ts'
import { spreadOf } from './support/measure.ts'
import { createPublisher } from './support/publisher.ts'
import { settingsOfSize } from './support/settings.ts'

const nodes = 500
/** A node reports about every 27 seconds: less would leave that out. */
const WITH_MS = 27_000
const WITHOUT_MS = 6000
/** Until the nodes have connected and reported for the first time. */
const SETTLE_MS = 4000

/** What Redis spends on a node while nothing happens. */
export const idle: Figure = {
  name: 'idle',
  async measure(report) {
    await using server = await startRedisServer()
    const publisher = await createPublisher(server.url, 'idle')
    await publisher.publish(settingsOfSize(10_000))
    publisher.close()
    const redis = new Redis(server.url)
    const without = await cpuMicrosecondsPerSecond(redis, WITHOUT_MS)
    await using _clients = await startChild('clients', [server.url, 'idle', String(nodes)])
    await delay(SETTLE_MS)
    await redis.config('RESETSTAT')
    const within = await cpuMicrosecondsPerSecond(redis, WITH_MS)
    const commands = commandMicroseconds(await redis.info('commandstats'))
    redis.disconnect()
    const perNode = (within - without) / nodes
    report.row({
      row: 'processor time of Redis for an idle node',
      unit: 'µs/s',
      floorIs: 'Redis without nodes, whole',
      figure: spreadOf([perNode]),
      floor: spreadOf([without]),
      value: perNode,
      valueUnit: 'µs/s',
      goal: { atMost: 15 },
      parts: {
        'executing its commands; the rest reads and writes them': commands / nodes / (WITH_MS / 1000),
      },
    })
  },
}

async function cpuMicrosecondsPerSecond(redis: Redis, ms: number): Promise<number> {
  const [before, startedAt] = [await cpuSeconds(redis), performance.now()]
  await delay(ms)
  const [after, endedAt] = [await cpuSeconds(redis), performance.now()]
  return ((after - before) * 1e6) / ((endedAt - startedAt) / 1000)
}

async function cpuSeconds(redis: Redis): Promise<number> {
  const info = await redis.info('cpu')
  const seconds = (field: string): number => Number(new RegExp(`^${field}:([\\d.]+)`, 'm').exec(info)?.[1])
  return seconds('used_cpu_user') + seconds('used_cpu_sys')
}

/** What Redis has spent on commands alone since its statistics were reset, in microseconds. */
function commandMicroseconds(info: string): number {
  return [...info.matchAll(/^cmdstat_.*?,usec=(\d+)/gm)].reduce((sum, [, usec]) => sum + Number(usec), 0)
}
