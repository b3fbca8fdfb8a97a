import { startRedisServer } from '@vwo-hub/hub/testing'
import { startChild } from './support/child.ts'
import type { Figure } from './support/figure.ts'
import { inTurns } from './support/measure.ts'
import { createPublisher } from './support/publisher.ts'
import { settingsOfSize } from './support/settings.ts'
import { writeTemporary } from './support/temporary.ts'

const updates = 1000

/** How long an app that decides all the time is kept from it while an update comes in. */
export const pauses: Figure = {
  name: 'pauses',
  async measure(report) {
    await using server = await startRedisServer()
    const publisher = await createPublisher(server.url, 'pauses')
    const texts = [settingsOfSize(100_000, 1), settingsOfSize(100_000, 2)]
    await using file = await writeTemporary(texts[0] ?? '')
    await publisher.publish(texts[0] ?? '')
    await using app = await startChild('app.ts', [server.url, 'pauses', file.path])
    let turn = 0
    const { figure, floor } = await inTurns(
      async () => {
        const publish = await publisher.ready(texts[(turn += 1) % texts.length] ?? '')
        app.send('watch')
        await app.next()
        const pause = app.next()
        await publish()
        return await pause
      },
      async () => {
        app.send('parse')
        return await app.next()
      },
      { rounds: updates, warmUp: 50 },
    )
    publisher.close()
    report.row({
      row: `pause of an app that decides while it receives and swaps 100 kB, p99.9 of ${updates} beyond that of P`,
      unit: 'ms',
      floorIs: 'P in the same loop, watched for as long',
      figure,
      floor,
      value: figure.p999 - floor.p999,
      valueUnit: 'ms',
      goal: { atMost: 2 },
      parts: {
        'median beyond that of P': figure.p50 - floor.p50,
        'p99 beyond that of P': figure.p99 - floor.p99,
        'p99.9': figure.p999,
        'p99.9 of P, which is the machine': floor.p999,
      },
    })
  },
}
