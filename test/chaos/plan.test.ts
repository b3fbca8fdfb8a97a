import { describe, expect, it } from 'vitest'
import type { FaultKind } from './event.ts'
import { faultOf, faults } from './fault.ts'
import { type Episode, planEpisodes } from './plan.ts'
import { createRandom } from './random.ts'
import { type TopologyName, topologyNames } from './topology.ts'

function plan(seed: number, count: number, topology: TopologyName = 'standalone'): Episode[] {
  const episodes = planEpisodes(topology, createRandom(seed))
  return Array.from({ length: count }, () => episodes.next().value)
}

/** With what the faults themselves will choose. */
const readable = (episodes: readonly Episode[]): string =>
  JSON.stringify(
    episodes.map(({ faults: all, changes }) => [all.map((fault) => [fault, fault.random.next()]), changes]),
  )

describe('a plan', () => {
  it('is the same for the same seed, and another one for another seed', () => {
    expect(readable(plan(1, 30))).toBe(readable(plan(1, 30)))
    expect(readable(plan(1, 30))).not.toBe(readable(plan(2, 30)))
  })

  it.each(topologyNames)('has every fault that can happen to %s before one comes twice', (topology) => {
    const possible = faults.filter(({ topologies }) => topologies.includes(topology)).map(({ kind }) => kind)
    const planned: FaultKind[] = []
    for (const episode of plan(3, 60, topology)) planned.push(...episode.faults.map(({ kind }) => kind))
    expect(new Set(planned)).toEqual(new Set(possible))
    expect(new Set(planned.slice(0, possible.length)).size).toBe(possible.length)
  })

  it('never strikes the same thing twice at once', () => {
    for (const { faults: all } of plan(4, 200)) {
      const resources = all.map(({ kind }) => faultOf(kind).resource)
      expect(new Set(resources).size).toBe(resources.length)
      expect(resources.length).toBeGreaterThan(0)
    }
  })
})
