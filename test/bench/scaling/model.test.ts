import { describe, expect, it } from 'vitest'
import { firstLimit, largest } from './limits.ts'
import { costs, standalone } from './model.examples.ts'
import { loadOf, predict, stormSecondsOf, updateOf, type Deployment } from './model.ts'

const large = { ...standalone, settingsBytes: 1_000_000 }

describe('one Redis', () => {
  it('reads cost calls times one cost, and waking up where it sleeps', () => {
    const { work, idleCpu } = predict(costs, standalone)
    expect(work).toBeCloseTo(500 * 10e-6, 10)
    expect(idleCpu).toBeCloseTo(500 * 10e-6 + 500 * (1 - 0.005) * 10e-6, 10)
  })

  it('a message costs each subscriber by its bytes, and others wait for all of it', () => {
    const { updateCpuSeconds, stallSeconds } = predict(costs, standalone)
    expect(updateCpuSeconds).toBeCloseTo(1000 * (10e-6 + (330 + 12_000) * 1e-9), 10)
    expect(stallSeconds).toBe(updateCpuSeconds)
  })

  it('a small network decides when the last node has it', () => {
    const slow = predict(costs, { ...standalone, networkBytesPerSecond: 1e6 })
    const copies = costs.copyShare * slow.updateCpuSeconds
    expect(slow.lastSeconds).toBeCloseTo(copies + slow.egressBytes / 1e6, 6)
    expect(slow.lastSeconds).toBeGreaterThan(12)
  })

  it('large files are spread as the hub spreads them', () => {
    expect(updateOf(large, 100).spreadSeconds).toBe(0)
    expect(updateOf(large, 1000).spreadSeconds).toBeCloseTo(0.3, 6)
    expect(predict(costs, { ...large, networkBytesPerSecond: 1e12 }).lastSeconds).toBeCloseTo(0.3, 1)
  })

  it.each([
    'idleCpu',
    'updateCpuSeconds',
    'lastSeconds',
    'egressBytes',
    'memoryBytes',
    'stormSeconds',
  ] as const)('%s does not fall with more nodes', (figure) => {
    for (const deployment of [standalone, large]) {
      const figures = [100, 1000, 10_000, 100_000].map(
        (nodes) => predict(costs, { ...deployment, nodes })[figure],
      )
      expect(figures).toEqual(figures.toSorted((a, b) => a - b))
    }
  })

  it('others wait longer with more nodes, until the spread of large files begins', () => {
    const [some, few, many] = [140, 100, 1000].map(
      (nodes) => predict(costs, { ...large, nodes }).stallSeconds,
    )
    expect(some).toBeGreaterThan(few ?? 0)
    expect(some).toBeGreaterThan(many ?? 0)
  })

  it('nodes come back within their second of jitter, or as fast as they are served', () => {
    expect(stormSecondsOf(0.2)).toBe(1)
    expect(stormSecondsOf(5)).toBe(5)
  })
})

describe('more than one Redis', () => {
  it('replicas share the nodes; the hub counts none of them, so that large files are not spread', () => {
    const deployment: Deployment = {
      ...large,
      isReporting: true,
      topology: { kind: 'replicas', replicas: 4 },
    }
    expect(loadOf(deployment)).toEqual({
      nodes: 250,
      nodesPerUpdate: 250,
      isReporting: false,
      counted: 0,
      asks: 0,
    })
    const crowd = { ...deployment, nodes: 10_000 }
    const spread = { ...crowd, nodes: 2500, topology: standalone.topology }
    expect(predict(costs, crowd).stallSeconds).toBeGreaterThan(predict(costs, spread).stallSeconds)
  })

  it('more masters than environments help nobody', () => {
    const of = (masters: number, environments: number) =>
      loadOf({ ...standalone, topology: { kind: 'cluster', masters, environments, replicas: 0 } })
    expect(of(3, 1).nodes).toBe(1000)
    expect(of(3, 3).nodes).toBe(334)
    expect(of(9, 3).nodes).toBe(334)
  })

  it('in a cluster each node asks one of the servers before it connects', () => {
    const cluster: Deployment = {
      ...standalone,
      topology: { kind: 'cluster', masters: 3, environments: 3, replicas: 1 },
    }
    expect(predict(costs, cluster).stormCpuSeconds).toBeCloseTo(334 * 100e-6 + 167 * 50e-6, 10)
  })

  it('zones carry as many nodes each as one Redis does', () => {
    const one = largest(costs, standalone).nodes
    const three = largest(costs, { ...standalone, topology: { kind: 'zones', zones: 3 } }).nodes
    expect(three).toBeGreaterThan(3 * one - 4)
    expect(three).toBeLessThan(3 * one + 4)
  })
})

describe('the first limit', () => {
  it('is the one that is used most', () => {
    expect(firstLimit(predict(costs, { ...standalone, networkBytesPerSecond: 1e6 })).limit).toBe('network')
    expect(firstLimit(predict(costs, { ...standalone, checkIntervalSeconds: 0.01 })).limit).toBe('cpu')
    expect(firstLimit(predict({ ...costs, connect: 1 }, standalone)).limit).toBe('reconnect')
  })

  it('is just kept at the largest number of nodes', () => {
    const { nodes, limit } = largest(costs, standalone)
    expect(firstLimit(predict(costs, { ...standalone, nodes })).used).toBeLessThanOrEqual(1)
    const more = firstLimit(predict(costs, { ...standalone, nodes: nodes + 1 }))
    expect(more.used).toBeGreaterThan(1)
    expect(more.limit).toBe(limit)
  })
})
