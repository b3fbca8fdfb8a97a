import { endWhenSilent, translated } from '@vwo-hub/protocol/redis'
import { Cluster, type Redis } from 'ioredis'
import type { RedisConfig } from '../../config/hub-config.ts'
import { whyUnusable } from './cluster-diagnosis.ts'
import { linkToCluster } from './cluster-link.ts'
import { linkTo } from './link.ts'
import { accessOptions, commonOptions, listOf, PATIENCE, type Topology } from './topology.ts'

/** A node that hangs says nothing: only looking at the slots again, this often in milliseconds, finds its successor. */
const SLOTS_REFRESH_MS = 1000
/** A server that sends on to its own address is connected to anew, sixteen times for a command: not without a wait. In milliseconds. */
const MOVED_WAIT_MS = 100

/** Masters that share the slots; all keys of one environment, and its channel, are in one slot. */
export function cluster(config: Extract<RedisConfig, { kind: 'cluster' }>): Topology {
  const { nodes, natMap } = config
  const [first] = nodes
  return {
    place: `cluster ${listOf(nodes)}`,
    isSharded: true,
    connection(name) {
      const { lazyConnect, enableOfflineQueue, retryStrategy, ...redisOptions } = commonOptions(name)
      const redis = new Cluster([...nodes], {
        lazyConnect,
        enableOfflineQueue,
        clusterRetryStrategy: retryStrategy,
        slotsRefreshInterval: SLOTS_REFRESH_MS,
        retryDelayOnMoved: MOVED_WAIT_MS,
        // Names stay names: certificates of managed clusters have no addresses.
        dnsLookup: (host, found) => found(null, host),
        natMap: (address) => {
          const at = address.lastIndexOf(':')
          // Without a host it is the one that was asked: elsewhere than in a redirection that is known, see below.
          const [named, port] = [address.slice(0, at) || first?.host, Number(address.slice(at + 1))]
          return named === undefined ? null : translated({ host: named, port }, natMap)
        },
        redisOptions: { ...redisOptions, ...accessOptions(config) },
        scripts: redisOptions.scripts,
      })
      endWithWhatRedisSays(redis)
      askNoMoreAfterEnd(redis)
      redis.on('+node', sendNothingTwice)
      redis.on('+node', nameWhoWasAsked)
      redis.on('+node', (node: Redis) => endWhenSilent(node, PATIENCE))
      return redis
    },
    link(redis, events) {
      if (!(redis instanceof Cluster)) return linkTo(redis, events)
      // What it connects with by now: secrets change.
      const why = () =>
        whyUnusable({ nodes, natMap, access: accessOptions(redis.options.redisOptions ?? {}) })
      return linkToCluster(redis, why, events)
    },
    // Subscribers are where their slot is; which node that is the cluster's client knows.
    subscribed: (redis) => (redis instanceof Cluster ? redis.nodes('master') : [redis]),
  }
}

/**
 * A command that was sent on too often ends with what Redis has said last: in the error that the library makes of it nobody
 * would know that again.
 *
 * @see ioredis 6.0.0 `built/cluster/index.js` `handleError`, `built/Pipeline.js`
 */
function endWithWhatRedisSays(redis: Cluster): void {
  const handle = redis.handleError.bind(redis)
  redis.handleError = (error, attempts, handlers: { defaults(): void }) =>
    handle(error, attempts, { ...handlers, maxRedirections: handlers.defaults })
}

/**
 * Whoever disconnects while it is asked for the slots has them asked for again every second for ever, which keeps a process
 * from ending.
 *
 * @see ioredis 6.0.0 `built/cluster/index.js` `resetNodesRefreshInterval`
 */
function askNoMoreAfterEnd(redis: Cluster): void {
  const timer = redis as unknown as { clearNodesRefreshInterval(): void }
  const refresh = redis.refreshSlotsCache.bind(redis)
  // Its status says "close" once more, after the end, where there are several servers.
  let hasEnded = false
  redis.refreshSlotsCache = (told) =>
    refresh((error) => {
      told?.(error)
      if (hasEnded) timer.clearNodesRefreshInterval()
    })
  redis.on('connecting', () => (hasEnded = false))
  redis.on('end', () => {
    hasEnded = true
    timer.clearNodesRefreshInterval()
  })
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

type SlotRange = [first: number, last: number, ...members: [host: string | null, ...more: unknown[]][]]

/**
 * A node that names no address means the one that it was asked at; ioredis leaves such a node out.
 *
 * @see https://redis.io/docs/latest/commands/cluster-slots/
 * @see ioredis 6.0.0 `built/cluster/index.js` `getInfoFromNode`
 */
function nameWhoWasAsked(node: Redis): void {
  const duplicate = node.duplicate.bind(node)
  node.duplicate = (override) => {
    const copy = duplicate(override)
    const asking = copy as unknown as {
      cluster(question: string, told: (error: Error | null, ranges?: SlotRange[]) => void): unknown
    }
    const ask = asking.cluster.bind(copy)
    asking.cluster = (question, told) =>
      ask(question, (error, ranges) => {
        for (const [, , ...members] of ranges ?? [])
          for (const member of members) member[0] ||= node.options.host ?? null
        told(error, ranges)
      })
    return copy
  }
}
