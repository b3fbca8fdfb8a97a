/**
 * The tables of `docs/scaling.md`.
 *
 * @module
 */
import { createRandom } from '../../chaos/random.ts'
import { largest, firstLimit } from './limits.ts'
import { predict, type Deployment, type Topology, type UnitCosts } from './model.ts'
import { simulateStorm, simulateUpdate } from './simulation.ts'

const GIGABIT = 125e6

const base: Omit<Deployment, 'nodes' | 'settingsBytes'> = {
  compression: 0.2,
  escaping: 1.17,
  updatesPerHour: 6,
  checkIntervalSeconds: 2,
  isReporting: true,
  hubs: 2,
  scrapeSeconds: 15,
  networkBytesPerSecond: 10 * GIGABIT,
  topology: { kind: 'standalone' },
}

/** Nodes and sizes on one Redis with a network of 10 Gb/s. @returns Lines of Markdown. */
export function sizingTable(costs: UnitCosts): string[] {
  const rows = [1000, 5000, 10_000, 30_000, 100_000].flatMap((nodes) =>
    [10_000, 30_000, 100_000, 1_000_000].map((settingsBytes) => {
      const deployment = { ...base, nodes, settingsBytes }
      const one = predict(costs, deployment)
      const slow = predict(costs, { ...deployment, networkBytesPerSecond: GIGABIT })
      const { limit, used } = firstLimit(one)
      return [
        whole(nodes),
        bytes(settingsBytes),
        percent(one.idleCpu),
        bytes(one.memoryBytes),
        bytes(one.burstBytes),
        bytes(one.egressBytes),
        seconds(one.lastSeconds),
        seconds(slow.lastSeconds),
        seconds(one.stallSeconds),
        used <= 1 ? `${limit} ${percent(used)}` : `**${limit} ${percent(used)}**`,
      ]
    }),
  )
  const head = [
    ...['nodes', 'settings', 'CPU, idle', 'memory', 'more, at most', 'egress of an update'],
    ...['last node, 10 Gb/s', 'last node, 1 Gb/s', 'others wait', 'first limit, used'],
  ]
  return table(head, rows)
}

/** What each step carries. */
export function stepsTable(costs: UnitCosts, gigabits: number): string[] {
  const relaxed = { checkIntervalSeconds: 10, isReporting: false }
  const steps: [string, Partial<Deployment>][] = [
    ['one Redis', {}],
    ['one Redis, `report: false`, `checkIntervalMs: 10_000`', relaxed],
    ['4 replicas, `report: false`', { topology: { kind: 'replicas', replicas: 4 } }],
    [
      '4 replicas, `report: false`, `checkIntervalMs: 10_000`',
      { ...relaxed, topology: { kind: 'replicas', replicas: 4 } },
    ],
    [
      '16 replicas, `report: false`, `checkIntervalMs: 10_000`',
      { ...relaxed, topology: { kind: 'replicas', replicas: 16 } },
    ],
    ['Cluster of 4, 1 environment', { topology: clusterOf(4, 1) }],
    ['Cluster of 4, 4 environments', { topology: clusterOf(4, 4) }],
    ['4 zones', { topology: { kind: 'zones', zones: 4 } }],
    [
      '4 zones, `report: false`, `checkIntervalMs: 10_000`',
      { ...relaxed, topology: { kind: 'zones', zones: 4 } },
    ],
  ]
  const rows = steps.map(([name, changes]) => [
    name,
    ...[10_000, 30_000, 100_000, 1_000_000].map((settingsBytes) => {
      const { nodes, limit } = largest(costs, {
        ...{ ...base, settingsBytes, ...changes },
        networkBytesPerSecond: gigabits * GIGABIT,
      })
      return `${whole(rounded(nodes))} (${limit})`
    }),
  ])
  return table([`nodes within all limits, ${gigabits} Gb/s`, '10 kB', '30 kB', '100 kB', '1 MB'], rows)
}

/** Event by event: the equations' figures and the simulated ones. */
export function simulationTable(costs: UnitCosts): string[] {
  const rows = [100, 1000, 10_000, 100_000].flatMap((nodes) => {
    const storm = simulateStorm(costs, { ...base, nodes, settingsBytes: 0 }, createRandom(1))
    return [30_000, 1_000_000].map((settingsBytes) => {
      const deployment = { ...base, nodes, settingsBytes }
      const one = predict(costs, deployment)
      const { arrivals, stallSeconds, idleCpu, timeouts } = simulateUpdate(costs, deployment, createRandom(1))
      return [
        ...[whole(nodes), bytes(settingsBytes)],
        `${percent(one.idleCpu)} / ${percent(idleCpu)}`,
        `${seconds(arrivals.p50)} / ${seconds(arrivals.p99)} / ${seconds(arrivals.max)}`,
        seconds(one.lastSeconds),
        `${seconds(one.stallSeconds)} / ${seconds(stallSeconds)}`,
        whole(timeouts),
        `${seconds(one.stormSeconds)} / ${storm.isOver ? seconds(storm.following.max) : 'does not end'}`,
      ]
    })
  })
  return table(
    [
      ...['nodes', 'settings', 'CPU idle: model / simulation', 'simulated node p50 / p99 / last'],
      ...[
        'last by the model',
        'others wait: model / simulation',
        'reads not answered in 3 s',
        'all reconnect: model / simulation',
      ],
    ],
    rows,
  )
}

const clusterOf = (masters: number, environments: number): Topology => ({
  kind: 'cluster',
  ...{ masters, environments, replicas: 1 },
})

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`)

/** To two digits. */
const rounded = (value: number): number => {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(value)) - 1)
  return Math.floor(value / unit) * unit
}
const whole = (value: number): string => value.toLocaleString('en')
const percent = (value: number): string => `${(value * 100).toFixed(value < 0.1 ? 1 : 0)} %`

export function bytes(value: number): string {
  const [size, unit] =
    value >= 1e9 ? [value / 1e9, 'GB'] : value >= 1e6 ? [value / 1e6, 'MB'] : [value / 1e3, 'kB']
  return `${size >= 10 ? size.toFixed(0) : Number(size.toPrecision(2))} ${unit}`
}

export function seconds(value: number): string {
  if (!Number.isFinite(value)) return 'never'
  if (value >= 1) return `${Number(value.toPrecision(2))} s`
  return value >= 1e-3
    ? `${Number((value * 1e3).toPrecision(2))} ms`
    : `${Number((value * 1e6).toPrecision(2))} µs`
}
