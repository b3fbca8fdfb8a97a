import { createHash } from 'node:crypto'
import { gunzipSync, gzipSync } from 'node:zlib'
import { Redis } from 'ioredis'
import { INLINE_LIMIT_BYTES } from '@vwo-hub/protocol'
import { type RedisServer, startRedisServer } from '@vwo-hub/sandbox'
import { startChild } from './support/child.ts'
import type { Figure, Report } from './support/figure.ts'
import { growthRow, ratioRow } from './support/figure.ts'
import type { Point } from './support/growth.ts'
import { inTurns, nowMs, type Pair, spreadOf, timeOf } from './support/measure.ts'
import { createPublisher } from './support/publisher.ts'
import { settingsOfSize } from './support/settings.ts'

const floorIs = 'F, PUBLISH of the same bytes → as many bare subscribers have parsed'

/** What is measured: goals in multiples of the floor's median, and the p99 in multiples of the floor's p99. */
const cases: readonly {
  readonly size: string
  readonly bytes: number
  readonly nodes: number
  readonly rounds: number
  readonly goal?: number
  readonly goalOfP99?: number
}[] = [
  { size: '10 kB', bytes: 10_000, nodes: 1, rounds: 100 },
  { size: '10 kB', bytes: 10_000, nodes: 100, rounds: 100, goal: 1.5 },
  { size: '10 kB', bytes: 10_000, nodes: 1000, rounds: 25, goal: 1.4 },
  { size: '100 kB', bytes: 100_000, nodes: 100, rounds: 50, goal: 1.5, goalOfP99: 2 },
  { size: '100 kB', bytes: 100_000, nodes: 1000, rounds: 6, goal: 0.6 },
  { size: '1 MB', bytes: 1_000_000, nodes: 100, rounds: 10, goal: 0.7 },
]

/** From the hub's store call until the last node has parsed. */
export const broadcast: Figure = {
  name: 'broadcast',
  async measure(report) {
    await using server = await startRedisServer()
    const points = new Map<string, { figure: Point[]; floor: Point[] }>()
    for (const each of cases) {
      const pair = await measureBroadcast(server, each)
      const own = points.get(each.size) ?? { figure: [], floor: [] }
      points.set(each.size, own)
      own.figure.push({ x: each.nodes, y: pair.figure.p50 })
      own.floor.push({ x: each.nodes, y: pair.floor.p50 })
      reportCase(report, each, pair)
    }
    const small = points.get('10 kB')
    report.row(
      growthRow('growth with 1 → 1,000 nodes: store call → parsed, 10 kB', 'ms', small?.figure ?? [], {
        is: 'F',
        points: small?.floor ?? [],
      }),
    )
  },
}

/** What all nodes together do with each publication, alone: here one process does it for all of them. */
function costsOf(bytes: number, nodes: number): Record<string, number> {
  const text = settingsOfSize(bytes)
  const compressed = gzipSync(text)
  const each = (work: () => void): number =>
    spreadOf(Array.from({ length: 20 }, () => timeOf(work, Math.ceil(100_000 / bytes)))).p50
  return {
    'nodes × parse': nodes * each(() => JSON.parse(text)),
    'nodes × checksum': nodes * each(() => createHash('sha256').update(text).digest('hex')),
    ...(bytes > INLINE_LIMIT_BYTES && {
      'nodes × decompress': nodes * each(() => gunzipSync(compressed).toString()),
      'compress once': each(() => gzipSync(text)),
    }),
  }
}

function reportCase(
  report: Report,
  { size, bytes, nodes, goal, goalOfP99 }: (typeof cases)[number],
  pair: Pair,
): void {
  const place = `last of ${nodes.toLocaleString('en')} ${nodes === 1 ? 'node' : 'nodes'} parsed, ${size}`
  const named = { row: `store call → ${place}`, floorIs, unit: 'ms' }
  report.row(
    ratioRow(
      { ...named, ...(goal !== undefined && { goal: { atMost: goal }, parts: costsOf(bytes, nodes) }) },
      pair,
    ),
  )
  if (goalOfP99 === undefined) return
  report.row({
    ...named,
    row: `p99 of store call → ${place}`,
    ...pair,
    value: pair.figure.p99 / pair.floor.p99,
    valueUnit: 'x',
    goal: { atMost: goalOfP99 },
    floorIs: "F's p99",
  })
}

async function measureBroadcast(
  server: RedisServer,
  { bytes, nodes, rounds }: (typeof cases)[number],
): Promise<Pair> {
  const environment = `broadcast-${bytes}-${nodes}`
  const channel = `floor-${bytes}-${nodes}`
  const publisher = await createPublisher(server.url, environment)
  const redis = new Redis(server.url)
  await using receivers = await startChild('receivers', [server.url, environment, String(nodes), 'parse'])
  await using bare = await startChild('bare-subscribers', [
    String(server.port),
    channel,
    String(nodes),
    'parse',
  ])
  let serial = 0
  const pair = await inTurns(
    async () => {
      const publish = await publisher.ready(settingsOfSize(bytes, (serial += 1)))
      const startedAt = nowMs()
      const [at] = await Promise.all([receivers.next(), publish()])
      return at - startedAt
    },
    async () => {
      const text = settingsOfSize(bytes, (serial += 1))
      const startedAt = nowMs()
      const [at] = await Promise.all([bare.next(), redis.publish(channel, text)])
      return at - startedAt
    },
    { rounds, warmUp: Math.max(1, Math.round(rounds / 10)) },
  )
  publisher.close()
  redis.disconnect()
  return pair
}
