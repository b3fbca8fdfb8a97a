import { startRedisServer } from '@vwo-hub/sandbox'
import { forkChild } from './support/child.ts'
import type { Figure } from './support/figure.ts'
import { beyondRow } from './support/figure.ts'
import { importCost } from './support/import-cost.ts'
import { inTurns, spreadOf } from './support/measure.ts'
import { createPublisher } from './support/publisher.ts'
import { settingsOfSize } from './support/settings.ts'
import { writeTemporary } from './support/temporary.ts'

/**
 * V8 makes room for what is young as a process allocates, up to some 30 MB, and gives none of it back: an app that decides
 * has all of it, with a client or without. So it is kept small in both.
 */
const YOUNG = ['--max-semi-space-size=1']

/** What a client adds to an app's memory, after a collection. */
export const memory: Figure = {
  name: 'memory',
  async measure(report) {
    await using server = await startRedisServer()
    const text = settingsOfSize(10_000)
    await using file = await writeTemporary(text)
    const publisher = await createPublisher(server.url, 'memory')
    await publisher.publish(text)
    publisher.close()
    const heaps: Record<'client' | 'sdk', number[]> = { client: [], sdk: [] }
    const measure = async (kind: 'client' | 'sdk'): Promise<number> => {
      await using app = forkChild('fresh/app-memory.mjs', [kind, file.path, server.url], {
        execArgv: ['--expose-gc', ...YOUNG],
      })
      const { rssMb, heapMb } = await app.next<{ rssMb: number; heapMb: number }>()
      heaps[kind].push(heapMb)
      return rssMb
    }
    const pair = await inTurns(
      () => measure('client'),
      () => measure('sdk'),
      { rounds: 11, warmUp: 1 },
    )
    const alone = (await importCost(['vwo-node-sdk'], YOUNG)).rssMb
    const beyond = async (name: string): Promise<number> =>
      (await importCost(['vwo-node-sdk', name], YOUNG)).rssMb - alone
    report.row(
      beyondRow(
        {
          row: 'memory that the client adds to a process with the SDK, RSS',
          floorIs: 'a process that decides with the SDK alone',
          unit: 'MB',
          goal: { atMost: 10 },
          parts: {
            'of which heap': spreadOf(heaps.client).p50 - spreadOf(heaps.sdk).p50,
            'import of ioredis alone': await beyond('ioredis'),
            'import of the client': await beyond('@vwo-hub/client'),
          },
        },
        pair,
      ),
    )
  },
}
