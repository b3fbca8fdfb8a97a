/**
 * Redis in each topology, with users: for the test that starts it, and closed after it.
 *
 * @module
 */
import { Redis } from 'ioredis'
import { onTestFinished } from 'vitest'
import { keysOf } from '@vwo-hub/protocol'
import type { RedisConfig } from '@vwo-hub/hub'
import { startRedisCluster, startRedisServer, startSentinelGroup, type RedisUser } from '@vwo-hub/sandbox'
import { isEverything } from './runs.ts'

export const environment = 'prod'
export const keys = keysOf(environment)

export interface Address {
  readonly host: string
  readonly port: number
  /** @default 0 */
  readonly db?: number
}

/** A topology with users. */
export interface Topology {
  /** As its owner, who may do everything. */
  readonly config: RedisConfig
  readonly members: readonly Address[]
  /** The one that takes writes. */
  master(): Promise<Address>
}

export const topologies: Record<string, (users: readonly string[]) => Promise<Topology>> = {
  async standalone(users) {
    const server = await startRedisServer({ users })
    onTestFinished(server.close)
    const { host, port } = server
    const config = { kind: 'standalone' as const, url: `${server.url}/1` }
    return { config, members: [server], master: async () => ({ host, port, db: 1 }) }
  },
  // To a master that sentinels have named the same commands go as to one server; that these users find it is in
  // topologies.test.ts.
  ...(isEverything && { sentinel }),
  async cluster(users) {
    const cluster = await startRedisCluster({ users })
    onTestFinished(cluster.close)
    return { config: cluster.config, members: cluster.nodes, master: () => cluster.master(keys.meta) }
  },
}

async function sentinel(users: readonly string[]): Promise<Topology> {
  const group = await startSentinelGroup({ users })
  onTestFinished(group.close)
  return { config: group.config, members: group.members, master: group.master }
}

/** Who may do everything. */
export function ownerOf(config: RedisConfig): RedisUser {
  const { username = '', password = '' } = config.kind === 'standalone' ? new URL(config.url) : config
  return { username, password }
}

/** A connection as this user, which sends no more than it is told to. */
export function connect({ host, port, db = 0 }: Address, user: RedisUser): Redis {
  const redis = new Redis({
    ...{ host, port, db, ...user },
    ...{ enableReadyCheck: false, disableClientInfo: true, retryStrategy: () => null },
    commandTimeout: 3000,
  })
  redis.on('error', () => {})
  onTestFinished(() => redis.disconnect())
  return redis
}
