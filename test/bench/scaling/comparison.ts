/**
 * Model, simulation and reality side by side, at as many connections as this machine carries.
 *
 * @module
 */
import { setTimeout as delay } from 'node:timers/promises'
import { startRedisServer, type RedisMember } from '@vwo-hub/sandbox'
import { createRandom } from '../../chaos/random.ts'
import { createPublisher } from '../../support/publisher.ts'
import { spreadOf } from '../support/measure.ts'
import { REPORT_SECONDS, predict, WAKES_PER_SECOND, type Deployment, type UnitCosts } from './model.ts'
import { startPopulation, type Population } from './population.ts'
import { createWatcher, settledMemory, type Watcher } from './redis-usage.ts'
import { ratiosOf, settingsText } from './settings-text.ts'
import { simulateStorm, simulateUpdate } from './simulation.ts'

/** One figure, three times. */
export interface Compared {
  readonly what: string
  readonly unit: 's' | 'share' | 'B' | ''
  readonly predicted: number
  readonly simulated?: number
  readonly measured: number
  /** A time by the clock: the nodes share this machine's cores with Redis, in production they do not. */
  readonly isByClock?: boolean
}

export const SMALL_BYTES = 30_000
const LARGE_BYTES = 1_000_000
export const rounds = 5
export const pace = { checkIntervalMs: 2000, reportIntervalMs: REPORT_SECONDS * 1000 }

export const deploymentOf = (
  nodes: number,
  settingsBytes: number,
  topology: Deployment['topology'],
): Deployment => ({
  nodes,
  settingsBytes,
  compression: ratiosOf(settingsText(LARGE_BYTES, 0)).compression,
  escaping: ratiosOf(settingsText(SMALL_BYTES, 0)).escaping,
  updatesPerHour: 0,
  checkIntervalSeconds: pace.checkIntervalMs / 1000,
  isReporting: true,
  hubs: 0,
  scrapeSeconds: 15,
  // The loopback interface copies memory.
  networkBytesPerSecond: 1e10,
  topology,
})

/** One Redis with this many bare clients. */
export async function compareStandalone(costs: UnitCosts, nodes: number): Promise<Compared[]> {
  const environment = 'bench'
  await using server = await startRedisServer({ args: ['--maxclients', '19000'] })
  const watcher = createWatcher(server.host, server.port)
  const publisher = await createPublisher(server.url, environment)
  const population = await startPopulation()
  const model = (bytes: number) =>
    predict(costs, deploymentOf(nodes, bytes, { kind: 'standalone' }), WAKES_PER_SECOND)
  const simulate = (bytes: number) =>
    simulateUpdate(costs, deploymentOf(nodes, bytes, { kind: 'standalone' }), createRandom(1))
  try {
    const { host, port } = server
    const empty = await watcher.usage()
    await publisher.publish(settingsText(SMALL_BYTES, 0))
    await population.join({
      ...{ host, port, environment, count: nodes },
      ...{ isCluster: false, isReporting: true, withinMs: 1000 },
    })
    await population.pace(pace)
    await settledMemory(watcher)
    const idleCpu = await cpuRate(watcher, 5)
    const [small, large] = [model(SMALL_BYTES), model(LARGE_BYTES)]
    const [simulatedSmall, simulatedLarge] = [simulate(SMALL_BYTES), simulate(LARGE_BYTES)]
    const rows: Compared[] = [
      {
        what: 'CPU of Redis, idle',
        unit: 'share',
        predicted: small.idleCpu,
        simulated: simulatedSmall.idleCpu,
        measured: idleCpu,
      },
      {
        what: 'memory for connections',
        unit: 'B',
        predicted: small.memoryBytes,
        measured: (await watcher.usage()).memoryBytes - empty.memoryBytes,
      },
    ]
    for (const [name, bytes, expected, simulated] of [
      ['30 kB in the message', SMALL_BYTES, small, simulatedSmall],
      ['1 MB, fetched', LARGE_BYTES, large, simulatedLarge],
    ] as const) {
      const seen = await updates({ watcher, population, publish: publisher.publish, bytes, idleCpu })
      rows.push(
        { what: `${name}: CPU`, unit: 's', predicted: expected.updateCpuSeconds, measured: seen.cpuSeconds },
        { what: `${name}: egress`, unit: 'B', predicted: expected.payloadBytes, measured: seen.egressBytes },
        { what: `${name}: writes`, unit: '', predicted: Number.NaN, measured: seen.writes },
        {
          what: `${name}: CPU of the nodes here`,
          unit: 's',
          predicted: Number.NaN,
          measured: seen.nodesCpuSeconds,
        },
        clock(`${name}: half of the nodes`, expected.halfSeconds, simulated.arrivals.p50, seen.halfSeconds),
        clock(`${name}: last node`, expected.lastSeconds, simulated.arrivals.max, seen.lastSeconds),
        clock(
          `${name}: longest wait of others`,
          expected.stallSeconds,
          simulated.stallSeconds,
          seen.stallSeconds,
        ),
      )
    }
    rows.push(...(await storm(costs, nodes, server, watcher, population)))
    return rows
  } finally {
    population.end()
    publisher.close()
    watcher.close()
  }
}

const clock = (what: string, predicted: number, simulated: number, measured: number): Compared => ({
  ...{ what, unit: 's', predicted, simulated, measured },
  isByClock: true,
})

export async function updates(options: {
  readonly watcher: Watcher
  readonly population: Population
  readonly publish: (text: string) => Promise<number>
  readonly bytes: number
  readonly idleCpu: number
}) {
  const { watcher, population, publish, bytes, idleCpu } = options
  const seen: {
    cpu: number
    writes: number
    nodesCpu: number
    egress: number
    half: number
    last: number
    stall: number
  }[] = []
  for (let round = 1; round <= rounds; round += 1) {
    const [before, own] = [await watcher.usage(), await population.usage()]
    const startedAt = performance.now()
    const revision = await publish(settingsText(bytes, round))
    const times = await population.have(revision)
    const after = await watcher.usage()
    const elapsed = (performance.now() - startedAt) / 1000
    const arrivals = spreadOf(times.map((at) => (at - revision) / 1000))
    const nodesCpu = (await population.usage()).cpuSeconds - own.cpuSeconds
    // Once more with somebody who waits: asking costs CPU, and would be counted above.
    const text = settingsText(bytes, round + rounds)
    const pinging = watcher.pinging()
    await population.have(await publish(text))
    seen.push({
      nodesCpu,
      writes: after.writes - before.writes,
      cpu: after.cpuSeconds - before.cpuSeconds - idleCpu * elapsed,
      egress: after.egressBytes - before.egressBytes,
      half: arrivals.p50,
      last: arrivals.max,
      stall: await pinging.end(),
    })
  }
  type Pick = (round: (typeof seen)[number]) => number
  const median = (pick: Pick): number => spreadOf(seen.map(pick)).p50
  const least = (pick: Pick): number => spreadOf(seen.map(pick)).min
  return {
    cpuSeconds: median(({ cpu }) => cpu),
    writes: median(({ writes }) => writes),
    nodesCpuSeconds: median(({ nodesCpu }) => nodesCpu),
    egressBytes: median(({ egress }) => egress),
    // What else the machine does can only make them longer.
    halfSeconds: least(({ half }) => half),
    lastSeconds: least(({ last }) => last),
    stallSeconds: least(({ stall }) => stall),
  }
}

/** Redis is killed and comes back empty; every node reconnects with full jitter. */
async function storm(
  costs: UnitCosts,
  nodes: number,
  server: RedisMember,
  watcher: Watcher,
  population: Population,
): Promise<Compared[]> {
  const deployment = deploymentOf(nodes, SMALL_BYTES, { kind: 'standalone' })
  const expected = predict(costs, deployment)
  const simulated = simulateStorm(costs, deployment, createRandom(1))
  await population.pace({})
  const { timeouts } = await population.usage()
  const rejoined = population.rejoined()
  await server.kill()
  // Long enough that every node waits up to a second between two attempts.
  await delay(4000)
  await server.restart()
  const answersAt = performance.timeOrigin + performance.now()
  const lastAt = await rejoined
  const [after, own] = [await watcher.usage(), await population.usage()]
  return [
    {
      what: 'all reconnect: CPU',
      unit: 's',
      predicted: expected.stormCpuSeconds,
      measured: after.cpuSeconds,
    },
    clock(
      'all reconnect: last node',
      expected.stormSeconds,
      simulated.following.max,
      (lastAt - answersAt) / 1000,
    ),
    ...(own.timeouts > timeouts || simulated.timeouts > 0
      ? [
          {
            what: 'all reconnect: connections given up',
            unit: '' as const,
            predicted: Number.NaN,
            simulated: simulated.timeouts,
            measured: own.timeouts - timeouts,
            isByClock: true,
          },
        ]
      : []),
  ]
}

export async function cpuRate(watcher: Watcher, seconds: number): Promise<number> {
  const before = await watcher.usage()
  const startedAt = performance.now()
  await delay(seconds * 1000)
  const after = await watcher.usage()
  return ((after.cpuSeconds - before.cpuSeconds) / (performance.now() - startedAt)) * 1000
}
