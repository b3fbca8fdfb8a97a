import { startRedisServer } from '@vwo-hub/sandbox'
import type { Pause } from './support/app.ts'
import { startChild } from './support/child.ts'
import type { Figure, Row } from './support/figure.ts'
import { inTurns, type Pair, spreadOf } from './support/measure.ts'
import { createPublisher } from './support/publisher.ts'
import { settingsOfSize } from './support/settings.ts'
import { writeTemporary } from './support/temporary.ts'

const updates = 1000
const warmUp = 50

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
    const processor: Record<'figure' | 'floor', number[]> = { figure: [], floor: [] }
    const note = (kind: 'figure' | 'floor', { byClockMs, byProcessorMs }: Pause): number => {
      processor[kind].push(byProcessorMs)
      return byClockMs
    }
    const pair = await inTurns(
      async () => {
        const publish = await publisher.ready(texts[(turn += 1) % texts.length] ?? '')
        app.send('watch')
        await app.next()
        const pause = app.next<Pause>()
        await publish()
        return note('figure', await pause)
      },
      async () => {
        app.send('parse')
        return note('floor', await app.next<Pause>())
      },
      { rounds: updates, warmUp },
    )
    publisher.close()
    const row = `pause of an app that decides while it receives and swaps 100 kB, p99.9 of ${updates}`
    report.row(rowOf(`${row}, beyond that of P`, pair))
    const inProcessorTime = {
      figure: spreadOf(processor.figure.slice(warmUp)),
      floor: spreadOf(processor.floor.slice(warmUp)),
    }
    report.row(rowOf(`${row}, beyond that of P, in processor time of the app`, inProcessorTime))
  },
}

const rowOf = (row: string, { figure, floor }: Pair): Row => ({
  row,
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
    'p99.9 of P': floor.p999,
  },
})
