import type { ProductName } from '@vwo-hub/protocol'
import { Redis } from 'ioredis'
import { type RedisServer, startRedisServer, startVwoSimulator } from '@vwo-hub/sandbox'
import { type Child, forkChild, startChild, TIMEOUT_MS } from './support/child.ts'
import type { AllSwapped } from './support/clients.ts'
import { featuresOfSize } from './support/features.ts'
import type { Figure, Report, Row } from './support/figure.ts'
import { ratioRow } from './support/figure.ts'
import type { Point } from './support/growth.ts'
import { hubEnv } from './support/hub.ts'
import { inTurns, nowMs, type Pair, spreadOf } from './support/measure.ts'
import type { Stages } from './support/observed-hub.ts'
import { postWebhook } from './support/poster.ts'
import { account, type Changed, settingsOfSize } from './support/settings.ts'
import { startNodes } from './support/spread-over.ts'

const floorIs = 'F, PUBLISH of the same bytes → as many bare subscribers have parsed'

interface Case {
  readonly changed: Changed
  readonly rounds: number
  /** In multiples of the floor's median. */
  readonly goal?: number
}

/** Updates of one size, for so many nodes. */
interface Place {
  readonly product: ProductName
  readonly size: string
  readonly bytes: number
  readonly nodes: number
  readonly cases: readonly Case[]
}

const small = { size: '10 kB', bytes: 10_000 }
const middle = { size: '100 kB', bytes: 100_000 }
const large = { size: '1 MB', bytes: 1_000_000 }

/** So many nodes and such sizes are measured; for each the rounds with one campaign changed, with ten and with all, and a goal. */
const measured: Readonly<
  Record<number, readonly (readonly [one: number, ten: number, all: number, goal?: number])[]>
> = {
  1: [
    [60, 30, 30, 6],
    [60, 30, 15, 5],
    [25, 10, 5, 5],
  ],
  10: [
    [30, 15, 15],
    [30, 15, 10],
    [10, 5, 3],
  ],
  100: [
    [40, 15, 15, 1.8],
    [25, 10, 8, 1.3],
    [7, 3, 3, 1.25],
  ],
  500: [
    [12, 6, 6],
    [6, 3, 3],
    [3, 2, 2],
  ],
}

/** The same of FME, in fewer rounds: a feature changed, ten, or all. */
const measuredOfFme: typeof measured = {
  1: [
    [20, 8, 8],
    [20, 8, 5],
    [8, 4, 3],
  ],
  10: [
    [15, 6, 6],
    [12, 5, 5],
    [5, 3, 2],
  ],
  100: [
    [12, 5, 5],
    [8, 4, 4],
    [4, 2, 2],
  ],
}

const placesOf = (product: ProductName): Place[] =>
  Object.entries(product === 'fme' ? measuredOfFme : measured).flatMap(([nodes, ofSizes]) =>
    [small, middle, large].map((size, index) => {
      const [one = 0, ten = 0, all = 0, goal] = ofSizes[index] ?? []
      const cases: readonly Case[] = [
        { changed: 'one', rounds: one, ...(goal !== undefined && { goal }) },
        { changed: 'ten', rounds: ten },
        { changed: 'all', rounds: all },
      ]
      return { ...size, product, nodes: Number(nodes), cases }
    }),
  )

/** What can be chosen of the figure, as on the command line. */
export const updateChoices = {
  nodes: Object.keys(measured),
  size: [small, middle, large].map(({ size }) => size.replace(' ', '')),
}

const words: Readonly<Record<Changed, string>> = {
  one: 'one campaign changed',
  ten: 'ten changed',
  all: 'all changed',
}

/**
 * From the webhook until the last client has swapped, over a raw PUBLISH of the same bytes to as many bare subscribers
 * that parse. As at VWO each update raises the version.
 *
 * @param chosen - So many nodes, and such sizes. Default: 1, 10 and 100, and each size.
 */
export const update = (
  chosen: {
    readonly nodes?: readonly string[] | undefined
    readonly size?: readonly string[] | undefined
  },
  product: ProductName = 'fullstack',
): Figure => ({
  name: product === 'fme' ? 'update-fme' : 'update',
  async measure(report) {
    await using server = await startRedisServer()
    const points = new Map<string, { figure: Point[]; floor: Point[] }>()
    const { nodes = ['1', '10', '100'], size: sizes = updateChoices.size } = chosen
    const isChosen = ({ nodes: count, size }: Place): boolean =>
      nodes.includes(String(count)) && sizes.includes(size.replace(' ', ''))
    for (const place of placesOf(product).filter(isChosen)) {
      const pair = await measurePlace(server, place, report)
      const own = points.get(place.size) ?? { figure: [], floor: [] }
      points.set(place.size, own)
      own.figure.push({ x: place.nodes, y: pair.figure.p50 })
      own.floor.push({ x: place.nodes, y: pair.floor.p50 })
    }
    // The charts show the one that has been there longer.
    for (const [size, { figure, floor }] of product === 'fme' ? [] : points) {
      report.series({ chart: 'latency', name: size, points: figure })
      report.series({ chart: 'latency', name: `${size}, floor`, isFloor: true, points: floor })
    }
  },
})

/** @returns What the first of its cases came to. */
async function measurePlace(server: RedisServer, place: Place, report: Report): Promise<Pair> {
  const { product, size, bytes, nodes } = place
  const environment = `update-${product}-${bytes}-${nodes}`
  const textOf = product === 'fme' ? featuresOfSize : settingsOfSize
  const channel = `floor-${environment}`
  // Every node takes its own copy into use, and all of them share few cores.
  const timeoutMs = TIMEOUT_MS + nodes * (bytes / 1_000_000) * 500
  let serial = 0
  const nextText = (changed: Changed): string => textOf(bytes, (serial += 1), changed)
  await using vwo = await startVwoSimulator({ ...account, settingsFile: nextText('one') })
  const redis = new Redis(server.url)
  await using hub = await startChild('observed-hub', [], {
    env: hubEnv(server.url, vwo.url, environment, product),
  })
  const publicUrl = await hub.next<string>()
  await using clients = await startNodes(
    'clients',
    nodes,
    (count) => [server.url, environment, String(count), product],
    { timeoutMs },
  )
  await using bare = await startNodes(
    'bare-subscribers',
    nodes,
    (count) => [String(server.port), channel, String(count), 'parse'],
    { timeoutMs },
  )
  const { accountId, sdkKey } = account
  const asked = new URLSearchParams({ a: String(accountId), i: sdkKey, r: '0.1' })
  await using way = forkChild('bare-way', [
    ...[
      server.url,
      channel,
      `${vwo.url}${product === 'fme' ? '/server-side/v2-settings' : '/server-side/settings'}?${asked}`,
    ],
  ])
  const wayUrl = await way.next<string>()

  const parts = new Map<string, number[]>()
  const note = (part: string, ms: number): void => void parts.set(part, [...(parts.get(part) ?? []), ms])
  const run = async (changed: Changed): Promise<number> => {
    await vwo.set(nextText(changed), { announce: false })
    const observed = hub.next<Stages>()
    const swapped = clients.next<AllSwapped>()
    const startedAt = nowMs()
    await postWebhook(`${publicUrl}/webhooks/${environment}`)
    const { storedAt, ...stages } = await observed
    const last = Math.max(...(await swapped).map(({ at }) => at))
    for (const [part, ms] of Object.entries(stages)) note(part, ms)
    note('stored → last swapped', last - storedAt)
    return last - startedAt
  }
  const runFloor = async (changed: Changed): Promise<number> => {
    const text = nextText(changed)
    const startedAt = nowMs()
    const [at] = await Promise.all([bare.next<number>(), redis.publish(channel, text)])
    return Math.max(...at) - startedAt
  }

  const runWay = async (changed: Changed): Promise<void> => {
    await vwo.set(nextText(changed), { announce: false })
    const startedAt = nowMs()
    const [at] = await Promise.all([bare.next<number>(), postWebhook(wayUrl)])
    note('the same steps, bare', Math.max(...at) - startedAt)
  }

  const pairs: Pair[] = []
  for (const { changed, rounds, goal } of place.cases) {
    const warmUp = Math.max(2, Math.ceil(rounds / 5))
    for (let round = 0; round < warmUp; round += 1) {
      await run(changed)
      await runWay(changed)
    }
    parts.clear()
    const before = await processorMs(hub)
    const both = { rounds, warmUp: 0 }
    const pair = await inTurns(
      () => run(changed),
      () => runFloor(changed),
      both,
    )
    pairs.push(pair)
    const hubMs = ((await processorMs(hub)) - before) / rounds
    for (let round = 0; round < rounds; round += 1) await runWay(changed)
    const said = product === 'fme' ? words[changed].replace('campaign', 'feature') : words[changed]
    const last = `last of ${nodes} ${nodes === 1 ? 'node' : 'nodes'} swapped, ${size}, ${said}`
    const medians = [...parts].map(([part, times]) => [part, spreadOf(times).p50] as const)
    report.row(
      ratioRow(
        {
          row: `${product === 'fme' ? 'FME: ' : ''}webhook → ${last}`,
          floorIs,
          unit: 'ms',
          ...(goal !== undefined && { goal: { atMost: goal } }),
          parts: { ...Object.fromEntries(medians), 'processor time of the hub': hubMs },
        },
        pair,
      ),
    )
    if (product === 'fullstack' && bytes === middle.bytes && nodes === 1 && changed === 'one')
      report.row(processorRow(hubMs))
  }
  redis.disconnect()
  const [first] = pairs
  if (first === undefined) throw new Error('expected at least one case')
  return first
}

const processorRow = (hubMs: number): Row => ({
  row: 'processor time of a hub for one publication, 100 kB, one campaign changed',
  unit: 'ms',
  figure: spreadOf([hubMs]),
  floorIs: 'all of its threads, as the system counts it',
  value: hubMs,
  valueUnit: 'ms',
  goal: { atMost: 10 },
})

async function processorMs(hub: Child): Promise<number> {
  hub.send('processor')
  return await hub.next()
}
