import { Cluster, Redis, type RedisOptions } from 'ioredis'
import { clusterConnector, type ClusterNode } from './cluster-connector.ts'
import {
  ASKING_SENTINELS,
  DISCONNECT_TIMEOUT_MS,
  endWhenSilent,
  leaveOtherDatabase,
  type NatMap,
  type Patience,
  reconnectPace,
  watchMaster,
} from '@vwo-hub/protocol/redis'

/** A Redis Cluster: some of its nodes, and what all of them are reached with. */
export interface ClusterOption {
  /** Some of its nodes; they name the others. */
  readonly cluster: readonly ClusterNode[]
  /** The user of all nodes. @default the default user */
  readonly username?: string
  /** The password of all nodes. @default none */
  readonly password?: string
  /** Options of TLS, as Node has them; `{}` where nothing more is needed. @default without TLS */
  readonly tls?: RedisOptions['tls']
  /** Addresses as nodes announce them, and where they are from here, as ioredis has it. @default none */
  readonly natMap?: NatMap
}

/** Options of ioredis 5 or 6, of which a connector may be of either. */
export type ConnectionOptions = Omit<RedisOptions, 'Connector'> & { readonly Connector?: unknown }

/** A connection of ioredis 5 or 6, as far as it is looked into. */
export interface RedisConnection {
  /** By this it is known for a connection. */
  readonly status: string
  /** What it connects to. */
  readonly options: object
  /** Never called: by this it is known for a connection. */
  duplicate(override?: object): unknown
}

/** A `Cluster` of ioredis 5 or 6, as far as it is looked into. */
export interface ClusterConnection {
  /** By this it is known for a connection. */
  readonly status: string
  /** What it connects with. */
  readonly options: object
  /** Those that it knows. */
  nodes(role?: 'all'): readonly { readonly options: object }[]
}

/**
 * Where Redis is: a URL (`redis://`, `rediss://`), options of ioredis (Sentinel and TLS included), a Cluster, or a
 * connection of the app's. The latter is never used itself, only what it connects to: it stays as it is.
 */
export type RedisOption = string | ConnectionOptions | ClusterOption | RedisConnection | ClusterConnection

/** The client's one connection. */
export interface Connection {
  readonly redis: Redis
  /** Whether messages are sharded, where the server can. */
  readonly isCluster: boolean
}

/** What a connection is waited for: a large settings-file over a slow link takes its time. */
const PATIENCE: Patience = { silenceMs: 3000, totalMs: 120_000 }

/**
 * Makes the client's one connection, not opened yet. It subscribes and asks on the same connection (RESP3), and
 * whoever uses it subscribes anew at each `ready`: ioredis' own resubscription comes too late for a read that
 * follows, and ends the process when it is refused.
 *
 * @param redis - One without faults, see {@link faultsOfRedis}.
 * @param options.key - Any key of the environment: in a cluster it says which node to connect to.
 * @param options.patience - Default: 3 seconds of silence, 2 minutes for one answer.
 */
export function connectRedis(
  redis: RedisOption,
  options: { readonly name: string; readonly key: string; readonly patience?: Patience },
): Connection {
  const { patience = PATIENCE } = options
  const own = {
    connectionName: options.name,
    // Which library it is: Redis 7.0 does not know the command, so that no user can be allowed it by name.
    disableClientInfo: true,
    // What an app may have set for its own connection: other keys than the hub writes, a new connection for each report that
    // a replica refuses, and what ends the connection for good when a sentinel fails over while it connects.
    keyPrefix: '',
    enableAutoPipelining: false,
    reconnectOnError: null,
    failoverDetector: false,
    lazyConnect: true,
    protocol: 3,
    replyMapping: 'legacy',
    autoResubscribe: false,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    connectTimeout: patience.silenceMs,
    disconnectTimeout: DISCONNECT_TIMEOUT_MS,
    retryStrategy: reconnectPace(),
    // How often is asked whether a server has loaded its data.
    maxLoadingRetryTime: 1000,
  } satisfies RedisOptions
  const opened = (connection: Redis, isNode = false): Connection => {
    endWhenSilent(connection, patience)
    if (!isNode) connection.on('error', (error: Error) => leaveOtherDatabase(connection, error))
    return { redis: connection, isCluster: isNode }
  }

  if (typeof redis === 'string') return opened(new Redis(redis, own))
  const cluster = clusterOf(redis)
  if (cluster !== undefined) {
    const { cluster: seeds, natMap, ...access } = cluster
    const Connector = clusterConnector(seeds, options.key, access, natMap)
    return opened(new Redis({ ...access, ...own, Connector }), true)
  }
  // Not `duplicate()`: the app's copy of ioredis may be an older one, without RESP3.
  const given = (isConnection(redis) ? redis.options : redis) as RedisOptions
  const connection = new Redis({
    ...given,
    ...own,
    ...(given.sentinels && !given.Connector && ASKING_SENTINELS),
  })
  if (given.sentinels && given.role !== 'slave') watchMaster(connection)
  return opened(connection)
}

/** What is wrong with what an app gives for Redis. */
export function faultsOfRedis(redis: RedisOption | undefined): string[] {
  const isText = typeof redis === 'string'
  if (isText && isRedisUrl(redis)) return []
  if (typeof redis === 'object' && redis !== null) {
    return faultsOfRedisObject(redis)
  }
  const got = isText ? 'another text' : `${JSON.stringify(redis)}: is the variable set that it comes from?`
  return [
    `redis: expected a URL that starts with redis:// or rediss:// (a % in its password is written %25), options of ioredis, a cluster or a connection, got ${got}.`,
  ]
}

function faultsOfRedisObject(redis: Exclude<RedisOption, string>): string[] {
  if (isCluster(redis)) return []
  if ('connect' in redis) {
    return 'status' in redis
      ? []
      : ['redis: expected a connection of ioredis, got one of another library; a URL does as well.']
  }
  if ('url' in redis && redis.url !== undefined)
    return ['redis.url: ioredis has no such option; give the URL itself as redis.']
  for (const name of ['cluster', 'sentinels'] as const) {
    const nodes: unknown = (redis as Partial<Record<typeof name, unknown>>)[name]
    // ioredis' own default is null.
    if (nodes === undefined || nodes === null) continue
    const areRight = Array.isArray(nodes) && nodes.every((node) => isAddress(node, name === 'cluster'))
    if (!areRight || nodes.length === 0) return [`redis.${name}: expected one or more { host, port }.`]
  }
  return []
}

/** ioredis has a default for the port, and for the host of a sentinel, and takes digits for a port. */
function isAddress(node: unknown, needsHost: boolean): boolean {
  if (typeof node !== 'object' || node === null) return false
  const { host, port } = node as { readonly host?: unknown; readonly port?: unknown }
  return (
    (typeof host === 'string' || (host === undefined && !needsHost)) &&
    (port === undefined || Number.isInteger(Number(port)))
  )
}

function isRedisUrl(text: string): boolean {
  try {
    const { username, password } = new URL(text)
    // As ioredis does: it throws where a % stands for itself.
    decodeURIComponent(username)
    decodeURIComponent(password)
    return /^rediss?:\/\//.test(text)
  } catch {
    return false
  }
}

function clusterOf(redis: Exclude<RedisOption, string>): ClusterOption | undefined {
  if ('cluster' in redis && Array.isArray(redis.cluster)) return redis
  if (!isCluster(redis)) return undefined
  const { redisOptions, natMap } = redis.options as Partial<Cluster['options']>
  const { username, password, tls } = redisOptions ?? {}
  // Those that it knows, and, as it knows none before it is connected, those that it was made with.
  const { startupNodes = [] } = redis as unknown as { readonly startupNodes?: readonly StartupNode[] }
  return {
    cluster: [...redis.nodes().map((node) => node.options as StartupNode), ...startupNodes].map(addressOf),
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(tls !== undefined && { tls }),
    // ioredis' own default is null.
    ...(natMap && { natMap }),
  }
}

/** What ioredis takes for a node of a cluster. */
type StartupNode = string | number | Pick<RedisOptions, 'host' | 'port'>

function addressOf(node: StartupNode): ClusterNode {
  if (typeof node === 'number') return { host: '127.0.0.1', port: node }
  if (typeof node !== 'string') return { host: node.host ?? '127.0.0.1', port: node.port ?? 6379 }
  const { hostname, port } = new URL(node.includes('://') ? node : `redis://${node}`)
  return { host: hostname.replace(/^\[(.*)]$/, '$1'), port: Number(port || 6379) }
}

function isCluster(redis: Exclude<RedisOption, string>): redis is ClusterConnection {
  return 'nodes' in redis && typeof redis.nodes === 'function'
}

function isConnection(redis: Exclude<RedisOption, string>): redis is RedisConnection {
  return 'duplicate' in redis && 'options' in redis
}
