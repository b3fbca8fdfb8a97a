/**
 * Redis in each of its topologies, with a network in front of it that can be made bad. Hubs and apps are the users of
 * `deploy/redis-users.acl`.
 *
 * @module
 */
import { keysOf } from '@vwo-hub/protocol'
import {
  asUser,
  clientOption,
  redisEnv,
  type RedisConfig,
  type RedisMember,
  type RedisUser,
  startRedisCluster,
  startRedisServer,
  startSentinelGroup,
} from '@vwo-hub/sandbox'
import { aclLines, clientUser, hubUser } from '../support/acl-users.ts'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'

export const topologyNames = ['standalone', 'sentinel', 'cluster'] as const

export type TopologyName = (typeof topologyNames)[number]

/** A part of the network that can be made bad by itself. */
export interface Network {
  readonly name: string
  readonly proxy: TcpProxy
}

export interface Topology {
  readonly name: TopologyName
  /** Who may do everything, past all networks. */
  readonly owner: RedisUser
  /** Variables of a process `vwo-hub`. */
  hubEnv(hub: string): Readonly<Record<string, string>>
  /** The `redis` option of the clients of a process. */
  appOption(app: string): unknown
  readonly networks: readonly Network[]
  /** Those that hold data. */
  readonly servers: readonly RedisMember[]
  /** Those that watch over them. */
  readonly sentinels: readonly RedisMember[]
  /** The one that holds the settings of an environment now: of that of FullStack unless another is named. */
  master(environment?: string): Promise<RedisMember>
  /** Waits until Redis itself is well: one knows who the master is, and it takes writes. */
  well(): Promise<void>
  /** Has another one take its place, where one can. */
  failOver(): Promise<void>
  close(): Promise<void>
}

/** @param processes - Names of all processes that need a way to Redis. */
export async function startTopology(name: TopologyName, processes: readonly string[]): Promise<Topology> {
  switch (name) {
    case 'standalone':
      return await startStandalone(processes)
    case 'sentinel':
      return await startSentinel()
    case 'cluster':
      return await startCluster()
  }
}

/** Each process has a way of its own. */
async function startStandalone(processes: readonly string[]): Promise<Topology> {
  const server = await startRedisServer({
    args: ['--repl-diskless-sync-delay', '0'],
    users: await aclLines(),
  })
  const networks = await Promise.all(
    processes.map(async (process) => ({
      name: `${process} to Redis`,
      process,
      proxy: await startTcpProxy({ target: () => server }),
    })),
  )
  const configOf = (name: string): RedisConfig => {
    const network = networks.find(({ process }) => process === name)
    if (network === undefined) throw new Error(`expected a process that was named at the start, got ${name}`)
    return { kind: 'standalone', url: `redis://${network.proxy.host}:${network.proxy.port}` }
  }
  return {
    name: 'standalone',
    owner: ownerOf(server.config),
    hubEnv: (hub) => redisEnv(asUser(configOf(hub), hubUser)),
    appOption: (app) => clientOption(asUser(configOf(app), clientUser)),
    networks,
    servers: [server],
    sentinels: [],
    master: async () => server,
    well: async () => {},
    failOver: async () => {},
    async close() {
      await Promise.all(networks.map(({ proxy }) => proxy.close()))
      await server.close()
    },
  }
}

/** Each server has a way of its own: its address is what the others and the sentinels tell. */
function createWays() {
  const networks: Network[] = []
  return {
    networks,
    announce: async (server: { host: string; port: number }) => {
      const proxy = await startTcpProxy({ target: () => server })
      networks.push({ name: `all to Redis ${server.port}`, proxy })
      return proxy
    },
    close: async () => {
      await Promise.all(networks.map(({ proxy }) => proxy.close()))
    },
  }
}

async function startSentinel(): Promise<Topology> {
  const ways = createWays()
  const group = await startSentinelGroup({
    announce: ways.announce,
    startTimeoutMs,
    users: await aclLines(),
  })
  return {
    name: 'sentinel',
    owner: ownerOf(group.config),
    hubEnv: () => redisEnv(asUser(group.config, hubUser)),
    appOption: () => clientOption(asUser(group.config, clientUser)),
    networks: ways.networks,
    servers: group.members,
    sentinels: group.sentinels,
    master: group.master,
    well: group.well,
    failOver: async () => void (await group.failOver()),
    async close() {
      await group.close()
      await ways.close()
    },
  }
}

async function startCluster(): Promise<Topology> {
  const ways = createWays()
  const cluster = await startRedisCluster({
    replicas: 1,
    announce: ways.announce,
    startTimeoutMs,
    users: await aclLines(),
  })
  return {
    name: 'cluster',
    owner: ownerOf(cluster.config),
    hubEnv: () => redisEnv(asUser(cluster.config, hubUser)),
    appOption: () => clientOption(asUser(cluster.config, clientUser)),
    networks: ways.networks,
    servers: cluster.nodes,
    sentinels: [],
    master: async (environment = 'default') => cluster.master(keysOf(environment).meta),
    well: cluster.well,
    failOver: async () => void (await cluster.failOver(keysOf('default').meta)),
    async close() {
      await cluster.close()
      await ways.close()
    },
  }
}

/** Whose servers they are. */
function ownerOf(config: RedisConfig): RedisUser {
  const { username, password } = clientOption(config)
  if (username === undefined || typeof password !== 'string') throw new Error('expected servers with users')
  return { username, password }
}

/** How long Redis may take to be well again by itself, in milliseconds. */
const startTimeoutMs = 30_000
