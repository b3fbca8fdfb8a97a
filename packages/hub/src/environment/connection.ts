import { Cluster, Redis, type RedisOptions } from 'ioredis'
import type { RedisAccess, RedisConfig } from '../config/hub-config.ts'
import { leaveOtherDatabase, reconnectDelayMs, watchMaster } from '@vwo-hub/protocol/redis'
import { scripts } from './scripts.ts'

/** A connection to Redis in whatever topology; the commands are the same. */
export type RedisConnection = Redis | Cluster

/** Limit for one command, in milliseconds: also what a frozen or half-open server is noticed by. */
const COMMAND_TIMEOUT_MS = 2500

/** How long a sentinel may take to say who the master is, in milliseconds; then another one is asked. */
const SENTINEL_TIMEOUT_MS = 1000

/** How long a connection may take to close by itself, in milliseconds. */
const DISCONNECT_TIMEOUT_MS = 200

/**
 * Makes a connection that is not opened yet: call `connect()`. While Redis is away, commands fail at once
 * instead of queueing, and nothing that was under way is sent twice: whoever asked decides what to do.
 *
 * @param options.name - Shown by `CLIENT LIST`.
 */
export function connectRedis(config: RedisConfig, options: { readonly name: string }): RedisConnection {
  const common = {
    connectionName: options.name,
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResubscribe: false,
    commandTimeout: COMMAND_TIMEOUT_MS,
    // Nothing heard for this long after a command: the connection is dead, whatever the socket says.
    socketTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: COMMAND_TIMEOUT_MS,
    // A connection that never came about is waited for that long, and keeps a command from ending.
    disconnectTimeout: DISCONNECT_TIMEOUT_MS,
    retryStrategy: reconnectDelayMs,
    // A master that became a replica refuses writes: find the new master.
    reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
    scripts,
  } satisfies RedisOptions
  switch (config.kind) {
    case 'standalone': {
      const redis = new Redis(config.url, { ...common, ...(config.tls && { tls: { ...config.tls } }) })
      redis.on('error', (error: Error) => leaveOtherDatabase(redis, error))
      return redis
    }
    case 'sentinel': {
      const redis = new Redis({
        ...common,
        ...accessOf(config),
        sentinels: [...config.sentinels],
        name: config.master,
        sentinelRetryStrategy: reconnectDelayMs,
        sentinelCommandTimeout: SENTINEL_TIMEOUT_MS,
        ...(config.sentinelUsername !== undefined && { sentinelUsername: config.sentinelUsername }),
        ...(config.sentinelPassword !== undefined && { sentinelPassword: config.sentinelPassword }),
        ...(config.tls && { sentinelTLS: { ...config.tls }, enableTLSForSentinelMode: true }),
      })
      watchMaster(redis)
      return redis
    }
    case 'cluster': {
      const { lazyConnect, enableOfflineQueue, retryStrategy, ...redisOptions } = common
      const cluster = new Cluster([...config.nodes], {
        lazyConnect,
        enableOfflineQueue,
        clusterRetryStrategy: retryStrategy,
        // A node that hangs says nothing: only looking at the slots again finds its successor.
        slotsRefreshInterval: 1000,
        redisOptions: { ...redisOptions, ...accessOf(config) },
        scripts,
      })
      cluster.on('+node', sendNothingTwice)
      return cluster
    }
  }
}

/**
 * A Cluster sends anew what ends with "Connection is closed.": what had no connection yet, which is well, but also what was
 * under way when a connection ended, which may have been done. The latter ends with another error here.
 *
 * @see ioredis 6.0.0 `built/cluster/index.js` `handleError`, `built/Redis.js` `flushQueue`
 */
function sendNothingTwice(node: Redis): void {
  const queues = node as unknown as {
    flushQueue(
      error: Error,
      which?: { readonly commandQueue?: boolean; readonly offlineQueue?: boolean },
    ): void
  }
  const flush = queues.flushQueue.bind(node)
  queues.flushQueue = (error, which) => {
    const lost = new Error(`Connection to a node of the cluster was lost: ${error.message}`, { cause: error })
    flush(lost, { ...which, offlineQueue: false })
    flush(error, { ...which, commandQueue: false })
  }
}

function accessOf({ username, password, tls }: RedisAccess) {
  return {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(tls && { tls: { ...tls } }),
  }
}

/** Where Redis is, without user and password: for logs and messages. */
export function describeRedis(config: RedisConfig): string {
  const list = (nodes: readonly { host: string; port: number }[]): string =>
    nodes.map(({ host, port }) => `${host}:${port}`).join(',')
  switch (config.kind) {
    case 'standalone': {
      const { protocol, host, pathname } = new URL(config.url)
      return `${protocol}//${host}${pathname}`
    }
    case 'sentinel':
      return `master "${config.master}" of sentinels ${list(config.sentinels)}`
    case 'cluster':
      return `cluster ${list(config.nodes)}`
  }
}
