import { startRedisServer, startVwoSimulator } from '@vwo-hub/sandbox'
import { forkChild } from './support/child.ts'
import type { Figure } from './support/figure.ts'
import { growthRow } from './support/figure.ts'
import type { Point } from './support/growth.ts'
import { spreadOf } from './support/measure.ts'
import { account, settingsOfSize } from './support/settings.ts'
import { writeTemporary } from './support/temporary.ts'

/** One hub with many environments: how long until all of them are published, and what it holds in memory. */
export const environments: Figure = {
  name: 'environments',
  async measure(report) {
    await using vwo = await startVwoSimulator({ ...account, settingsFile: settingsOfSize(100_000) })
    const times: Point[] = []
    const alone: HubRun[] = []
    for (const count of [1, 10, 50, 100, 200]) {
      const rounds: HubRun[] = []
      for (let round = 0; round < (count === 100 ? 5 : 2); round += 1)
        rounds.push(await runHub(vwo.url, count))
      times.push({ x: count, y: spreadOf(rounds.map(({ storedMs }) => storedMs)).p50 })
      if (count === 1) alone.push(...rounds)
      if (count !== 100) continue
      const rss = (of: readonly HubRun[]) => spreadOf(of.map(({ rssMb }) => rssMb))
      const figure = rss(rounds)
      report.row({
        row: 'memory of a hub with 100 environments of 100 kB, RSS',
        unit: 'MB',
        floorIs: 'the same hub with 1 environment',
        figure,
        floor: rss(alone),
        value: figure.p50,
        valueUnit: 'MB',
        goal: { atMost: 150 },
        parts: {
          'heap of its main thread': spreadOf(rounds.map(({ heapMb }) => heapMb)).p50,
          'before the collection': spreadOf(rounds.map(({ beforeMb }) => beforeMb)).p50,
        },
      })
    }
    report.series({ chart: 'environments', name: 'all published', points: times })
    const row = 'growth with 1 → 200 environments of 100 kB: hub start → all published'
    report.row(growthRow(row, 'ms', times))
  },
}

interface HubRun {
  readonly storedMs: number
  readonly rssMb: number
  readonly heapMb: number
  readonly beforeMb: number
}

async function runHub(vwoUrl: string, count: number): Promise<HubRun> {
  await using server = await startRedisServer()
  const list = Array.from({ length: count }, (_, index) => [
    `environment-${index}`,
    { ...account, baseUrl: vwoUrl, allowUnauthenticatedWebhooks: true },
  ])
  await using file = await writeTemporary(JSON.stringify({ environments: Object.fromEntries(list) }))
  await using hub = forkChild('fresh/hub-memory.mjs', [String(count)], {
    execArgv: ['--expose-gc'],
    env: { REDIS_URL: server.url, HUB_CONFIG: file.path },
  })
  return await hub.next<HubRun>()
}
