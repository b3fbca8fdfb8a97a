import { Redis } from 'ioredis'
import { startRedisServer } from '@vwo-hub/sandbox'
import { startChild } from './support/child.ts'
import type { Figure } from './support/figure.ts'
import { inTurns } from './support/measure.ts'
import { createPublisher } from './support/publisher.ts'
import { settingsOfSize } from './support/settings.ts'

const nodes = 1000

/** How long other commands of Redis wait while 1,000 nodes get 1 MB. */
export const stall: Figure = {
  name: 'stall',
  async measure(report) {
    await using server = await startRedisServer()
    const publisher = await createPublisher(server.url, 'stall')
    const redis = new Redis(server.url)
    // Nodes are other machines in production: here they leave the processor to Redis and to whoever is made to wait.
    await using receivers = await startChild('receivers', [
      server.url,
      'stall',
      String(nodes),
      'receive',
      'low',
    ])
    await using bare = await startChild('bare-subscribers', [
      String(server.port),
      'floor',
      String(nodes),
      'receive',
      'low',
    ])
    await using pinger = await startChild('pinger', [server.url])
    let serial = 0
    const longestWaitDuring = async (work: () => Promise<unknown>): Promise<number> => {
      pinger.send('watch')
      await pinger.next()
      await work()
      pinger.send('tell')
      return await pinger.next()
    }
    const pair = await inTurns(
      async () => {
        const publish = await publisher.ready(settingsOfSize(1_000_000, (serial += 1)))
        return await longestWaitDuring(() => Promise.all([receivers.next(), publish()]))
      },
      async () => {
        const text = settingsOfSize(1_000_000, (serial += 1))
        return await longestWaitDuring(() => Promise.all([bare.next(), redis.publish('floor', text)]))
      },
      { rounds: 4, warmUp: 0 },
    )
    publisher.close()
    redis.disconnect()
    report.row({
      row: 'longest wait of other commands while 1,000 nodes get 1 MB',
      unit: 'ms',
      floorIs: 'the same while a raw PUBLISH of it goes to 1,000 bare subscribers (context)',
      ...pair,
      value: pair.figure.p50,
      valueUnit: 'ms',
      goal: { atMost: 50 },
      parts: { 'worst of all rounds': pair.figure.max },
    })
  },
}
