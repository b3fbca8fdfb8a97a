import { Cluster, type Redis } from 'ioredis'
import type { RedisConfig } from '../../config/hub-config.ts'
import { accessOptions, commonOptions, listOf, type Topology } from './topology.ts'

/** A node that hangs says nothing: only looking at the slots again, this often in milliseconds, finds its successor. */
const SLOTS_REFRESH_MS = 1000

/** Masters that share the slots; all keys of one environment, and its channel, are in one slot. */
export function cluster(config: Extract<RedisConfig, { kind: 'cluster' }>): Topology {
  return {
    place: `cluster ${listOf(config.nodes)}`,
    isSharded: true,
    connection(name) {
      const { lazyConnect, enableOfflineQueue, retryStrategy, ...redisOptions } = commonOptions(name)
      const redis = new Cluster([...config.nodes], {
        lazyConnect,
        enableOfflineQueue,
        clusterRetryStrategy: retryStrategy,
        slotsRefreshInterval: SLOTS_REFRESH_MS,
        redisOptions: { ...redisOptions, ...accessOptions(config) },
        scripts: redisOptions.scripts,
      })
      redis.on('+node', sendNothingTwice)
      return redis
    },
    // Subscribers are where their slot is; which node that is the cluster's client knows.
    subscribed: (redis) => (redis instanceof Cluster ? redis.nodes('master') : [redis]),
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
