import type { Keys } from '@vwo-hub/protocol'
import type { RedisConnection, Topology } from './topology/topology.ts'

/** Where one environment is: what everything in this folder is done with. */
export interface Place {
  /** Name of the environment. */
  readonly environment: string
  readonly keys: Keys
  readonly redis: RedisConnection
  readonly topology: Topology
}
