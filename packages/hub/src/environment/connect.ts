import type { RedisConfig } from '../config/hub-config.ts'
import { cluster } from './topology/cluster.ts'
import { sentinel } from './topology/sentinel.ts'
import { standalone } from './topology/standalone.ts'
import type { RedisConnection, Topology } from './topology/topology.ts'

export type { RedisConnection }

export function topologyOf(config: RedisConfig): Topology {
  switch (config.kind) {
    case 'standalone':
      return standalone(config)
    case 'sentinel':
      return sentinel(config)
    case 'cluster':
      return cluster(config)
  }
}

/** A connection of the kind that a store has, see {@link Topology.connection}. */
export function connectRedis(config: RedisConfig, { name }: { readonly name: string }): RedisConnection {
  return topologyOf(config).connection(name)
}
