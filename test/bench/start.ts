import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Redis } from 'ioredis'
import { keysOf } from '@vwo-hub/protocol'
import { startRedisServer, startVwoSimulator } from '@vwo-hub/sandbox'
import { forkChild } from './support/child.ts'
import type { Figure, Report } from './support/figure.ts'
import { ratioRow } from './support/figure.ts'
import { hubEnv, startHub } from './support/hub.ts'
import { importCost } from './support/import-cost.ts'
import { inTurns, spreadOf } from './support/measure.ts'
import { createPublisher } from './support/publisher.ts'
import { account, settingsOfSize } from './support/settings.ts'
import { writeTemporary } from './support/temporary.ts'

/** From nothing to working, in fresh processes: a hub, and an app with a client. */
export const start: Figure = {
  name: 'start',
  async measure(report) {
    await measureHub(report)
    await measureClient(report)
  },
}

/** Until the first settings are in Redis; what VWO takes to answer is taken out. */
async function measureHub(report: Report): Promise<void> {
  await using server = await startRedisServer()
  await using vwo = await startVwoSimulator({ ...account, settingsFile: settingsOfSize(10_000) })
  const redis = new Redis(server.url)
  let serial = 0
  const answerTimes: number[] = []
  const pair = await inTurns(
    async () => {
      const environment = `start-${(serial += 1)}`
      const { updates } = keysOf(environment)
      await redis.subscribe(updates)
      const stored = once(redis, 'message')
      const startedAt = performance.now()
      await using _hub = await startHub(hubEnv(server.url, vwo.url, environment))
      await stored
      const startMs = performance.now() - startedAt
      await redis.unsubscribe(updates)
      const answerMs = await timeOfAnswer(vwo.url)
      answerTimes.push(answerMs)
      return startMs - answerMs
    },
    async () => {
      const startedAt = performance.now()
      await once(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }), 'exit')
      return performance.now() - startedAt
    },
    { rounds: 10, warmUp: 1 },
  )
  redis.disconnect()
  report.row(
    ratioRow(
      {
        row: "hub start → first settings stored, without VWO's answer",
        floorIs: 'a Node process that does nothing',
        unit: 'ms',
        // 400 ms where an empty process takes 62.
        goal: { atMost: 6.5 },
        parts: {
          'until the modules of the hub are imported': (await importCost(['@vwo-hub/hub'])).ms,
          'VWO, taken out': spreadOf(answerTimes).p50,
        },
      },
      pair,
    ),
  )
}

async function timeOfAnswer(url: string): Promise<number> {
  const startedAt = performance.now()
  await (await fetch(`${url}/server-side/settings?a=${account.accountId}&i=${account.sdkKey}`)).text()
  return performance.now() - startedAt
}

/** From the start of the process until the first decision. */
async function measureClient(report: Report): Promise<void> {
  await using server = await startRedisServer()
  const text = settingsOfSize(10_000)
  await using file = await writeTemporary(text)
  const publisher = await createPublisher(server.url, 'start')
  await publisher.publish(text)
  publisher.close()
  const parts: Record<string, number>[] = []
  const measure = async (kind: 'client' | 'sdk'): Promise<number> => {
    await using app = forkChild('fresh/first-decision.mjs', [kind, file.path, server.url], { execArgv: [] })
    const { decidedMs, ...rest } = await app.next<{ decidedMs: number } & Record<string, number>>()
    if (kind === 'client') parts.push(rest)
    return decidedMs
  }
  const pair = await inTurns(
    () => measure('client'),
    () => measure('sdk'),
    { rounds: 15, warmUp: 2 },
  )
  const medianOf = (part: string): number => spreadOf(parts.map((times) => times[part] ?? NaN)).p50
  report.row(
    ratioRow(
      {
        row: "client: import, connect, first decision, over the SDK's own",
        floorIs: 'import of the SDK, launch, first decision',
        unit: 'ms',
        // 60 ms more where the SDK alone takes 96.
        goal: { atMost: 1.63 },
        parts: {
          'import of the SDK': medianOf('sdkMs'),
          'import of the client': medianOf('clientMs'),
          'connect, read, launch, decide': medianOf('readyMs'),
        },
      },
      pair,
    ),
  )
}
