import { gzipSync } from 'node:zlib'
import { startRedisServer } from '@vwo-hub/hub/testing'
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
    const { redis } = publisher
    let serial = 0
    for (const [size, bytes, rounds] of sizes) {
      const pair = await inTurns(
        async () => timeOfAsync(await publisher.ready(settingsOfSize(bytes, (serial += 1)))),
        async () => {
          const body = settingsOfSize(bytes, (serial += 1))
          return await timeOfAsync(() => redis.set('floor', body))
        },
        { rounds },
      )
      const text = settingsOfSize(bytes, serial)
      const compressions = Array.from({ length: 15 }, () => timeOf(() => gzipSync(text)))
      const compression = spreadOf(compressions).p50
      report.row(
        ratioRow(
          {
            row: `publish, ${size}`,
            floorIs: 'SET of the same body',
            unit: 'ms',
            goal: { atMost: 1.8 },
            ...(bytes > 32_768 && { parts: { 'of which compressing takes alone': compression } }),
          },
          pair,
        ),
      )
    }
    const pair = await inTurns(
      async () => timeOfAsync(await publisher.readyToConfirm()),
      () => timeOfAsync(() => redis.ping()),
      { rounds: 1000 },
    )
    publisher.close()
    report.row(
      ratioRow(
        { row: 'noting that VWO has nothing new', floorIs: 'PING', unit: 'ms', goal: { atMost: 1.2 } },
        pair,
      ),
    )
  },
}
