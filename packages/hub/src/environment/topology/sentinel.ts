import { Redis } from 'ioredis'
import { endWhenSilent, reconnectDelayMs, watchMaster } from '@vwo-hub/protocol/redis'
import type { RedisConfig } from '../../config/hub-config.ts'
import { linkTo } from './link.ts'
import { accessOptions, commonOptions, listOf, PATIENCE, type Topology } from './topology.ts'

/** How long a sentinel may take to say who the master is, in milliseconds; then another one is asked. */
const SENTINEL_TIMEOUT_MS = 1000

/** The master that sentinels name, whoever that is now. */
export function sentinel(config: Extract<RedisConfig, { kind: 'sentinel' }>): Topology {
  const { sentinels, master, natMap, tls, sentinelUsername, sentinelPassword } = config
  return {
    place: `master "${master}" of sentinels ${listOf(sentinels)}`,
    isSharded: false,
    connection(name) {
      const redis = new Redis({
        ...commonOptions(name),
        ...accessOptions(config),
        sentinels: [...sentinels],
        name: master,
        sentinelRetryStrategy: reconnectDelayMs,
        sentinelCommandTimeout: SENTINEL_TIMEOUT_MS,
        ...(natMap && { natMap: { ...natMap } }),
        ...(sentinelUsername !== undefined && { sentinelUsername }),
        ...(sentinelPassword !== undefined && { sentinelPassword }),
        ...(tls && { sentinelTLS: { ...tls }, enableTLSForSentinelMode: true }),
      })
      endWhenSilent(redis, PATIENCE)
      watchMaster(redis)
      return redis
    },
    link: linkTo,
    subscribed: (redis) => [redis],
  }
}
