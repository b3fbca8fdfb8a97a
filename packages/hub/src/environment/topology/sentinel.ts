import { Redis } from 'ioredis'
import { ASKING_SENTINELS, endWhenSilent, watchMaster } from '@vwo-hub/protocol/redis'
import type { RedisConfig } from '../../config/hub-config.ts'
import { linkTo } from './link.ts'
import { accessOptions, commonOptions, listOf, PATIENCE, type Topology } from './topology.ts'

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
        ...ASKING_SENTINELS,
        sentinels: [...sentinels],
        name: master,
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
