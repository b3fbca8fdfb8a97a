/**
 * What is going to happen: chosen by the seed alone, before anything runs.
 *
 * @module
 */
import type { FaultKind } from './event.ts'
import { faults } from './fault.ts'
import type { Resource } from './fault-kind.ts'
import type { Random } from './random.ts'
import type { Size } from './settings.ts'
import type { TopologyName } from './topology.ts'

export interface PlannedFault {
  readonly kind: FaultKind
  /** After the beginning of the episode, in milliseconds. */
  readonly afterMs: number
  readonly lastsMs: number
  /** Makes the choices of the fault itself. */
  readonly random: Random
}

export interface PlannedChange {
  readonly afterMs: number
  readonly size: Size
}

/** Some faults at once, and what VWO does meanwhile. When all have ended, everything has to be well again. */
export interface Episode {
  readonly faults: readonly PlannedFault[]
  readonly changes: readonly PlannedChange[]
}

/** How many changes a second VWO makes, on average, while there are faults. */
const changesPerSecond = 1.5

/** Never ends: take as many as there is time for. Every fault comes once before one comes twice. */
export function* planEpisodes(topology: TopologyName, random: Random): Generator<Episode, never> {
  const possible = faults.filter(({ topologies }) => topologies.includes(topology))
  let due: (typeof possible)[number][] = []
  for (;;) {
    const count = random.pick([1, 1, 2, 2, 3])
    const taken: PlannedFault[] = []
    const used = new Set<Resource>()
    while (taken.length < count) {
      if (due.length === 0) due = [...possible]
      const free = due.filter(({ resource }) => !used.has(resource))
      if (free.length === 0) break
      const fault = random.pick(free)
      due = due.filter((other) => other !== fault)
      used.add(fault.resource)
      taken.push({
        kind: fault.kind,
        afterMs: random.integer(0, 1500),
        lastsMs: random.integer(...fault.lastsMs),
        random: random.fork(),
      })
    }
    const lengthMs = Math.max(...taken.map(({ afterMs, lastsMs }) => afterMs + lastsMs))
    yield { faults: taken, changes: planChanges(lengthMs, random) }
  }
}

function planChanges(lengthMs: number, random: Random): PlannedChange[] {
  const changes: PlannedChange[] = []
  const count = 1 + Math.round((lengthMs / 1000) * changesPerSecond)
  for (let index = 0; index < count; index += 1) {
    changes.push({
      afterMs: random.integer(0, lengthMs + 300),
      size: random.isChance(0.15) ? 'large' : 'small',
    })
  }
  return changes.sort((one, other) => one.afterMs - other.afterMs)
}
