import type { FaultKind } from './event.ts'
import type { Random } from './random.ts'
import { type TopologyName, topologyNames } from './topology.ts'
import type { World } from './world.ts'

/** What faults have to share: two of the same resource at once would not know each other's end. */
export type Resource = 'redis' | 'hub' | 'clock' | 'app' | 'network' | 'VWO' | 'settings' | 'reports'

export interface Fault {
  readonly kind: FaultKind
  readonly resource: Resource
  /** Shortest and longest, in milliseconds. */
  readonly lastsMs: readonly [least: number, most: number]
  readonly topologies: readonly TopologyName[]
  /** @returns What it has struck, and what ends it. */
  begin(world: World, random: Random): Promise<{ readonly target: string; end(): Promise<void> }>
}

export const everywhere: readonly TopologyName[] = topologyNames
