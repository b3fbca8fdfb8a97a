import { gzipSync } from 'node:zlib'
import type { Redis } from 'ioredis'
import { startRedisServer } from '@vwo-hub/sandbox'
import type { Figure } from './support/figure.ts'
import { ratioRow } from './support/figure.ts'
import { inTurns, spreadOf, timeOf, timeOfAsync } from './support/measure.ts'
import { createPublisher } from './support/publisher.ts'
import { settingsOfSize } from './support/settings.ts'

const sizes = [
  ['10 kB', 10_000, 300],
  ['100 kB', 100_000, 200],
  ['1 MB', 1_000_000, 40],
] as const

/** What the store call costs: publishing over a SET of the same body, and noting that nothing is new over a PING. */
export const publish: Figure = {
  name: 'publish',
  async measure(report) {
    await using server = await startRedisServer()
    const publisher = await createPublisher(server.url, 'publish')
    const redis = publisher.redis as Redis
    let serial = 0
    for (const [size, bytes, rounds] of sizes) {
      const publishNext = async () => publisher.ready(settingsOfSize(bytes, (serial += 1)))
      const pair = await inTurns(
        async () => timeOfAsync(await publishNext()),
        async () => {
          const body = settingsOfSize(bytes, (serial += 1))
          return await timeOfAsync(() => redis.set('floor', body))
        },
        { rounds },
      )
      const text = settingsOfSize(bytes, serial)
      const compressions = Array.from({ length: 15 }, () => timeOf(() => gzipSync(text)))
      const parts = {
        'the script, inside Redis': await scriptTime(redis, publishNext),
        ...(bytes > 32_768 && {
          'compressing, beside the check and not counted': spreadOf(compressions).p50,
        }),
      }
      const named = { row: `publish, ${size}`, floorIs: 'SET of the same body', unit: 'ms' }
      report.row(ratioRow({ ...named, goal: { atMost: 1.8 }, parts }, pair))
    }
    const pair = await inTurns(
      async () => timeOfAsync(await publisher.readyToConfirm()),
      () => timeOfAsync(() => redis.ping()),
      { rounds: 1000 },
    )
    const parts = { 'the script, inside Redis': await scriptTime(redis, publisher.readyToConfirm) }
    const named = { row: 'noting that VWO has nothing new', floorIs: 'PING', unit: 'ms' }
    report.row(ratioRow({ ...named, goal: { atMost: 1.2 }, parts }, pair))
    publisher.close()
  },
}

/** How long Redis itself works on the script that publishes, in milliseconds, by its own log. */
async function scriptTime(redis: Redis, ready: () => Promise<() => Promise<void>>): Promise<number> {
  const times: number[] = []
  await redis.config('SET', 'slowlog-log-slower-than', '0')
  for (let round = 0; round < 15; round += 1) {
    const run = await ready()
    await redis.slowlog('RESET')
    await run()
    const entries = (await redis.slowlog('GET', 20)) as [number, number, microseconds: number, string[]][]
    const script = entries.find(([, , , command]) => command[0]?.toLowerCase() === 'evalsha')
    if (script !== undefined) times.push(script[2] / 1000)
  }
  await redis.config('SET', 'slowlog-log-slower-than', '10000')
  return spreadOf(times).p50
}
