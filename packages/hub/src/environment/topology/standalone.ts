import { Redis } from 'ioredis'
import { endWhenSilent, leaveOtherDatabase } from '@vwo-hub/protocol/redis'
import type { RedisConfig } from '../../config/hub-config.ts'
import { firstWordsOf } from './first-words.ts'
import { linkTo } from './link.ts'
import { commonOptions, PATIENCE, type Topology } from './topology.ts'

/** One server, or whatever stands before it. */
export function standalone({ url, tls }: Extract<RedisConfig, { kind: 'standalone' }>): Topology {
  const { protocol, host, hostname, port, pathname } = new URL(url)
  // Over TLS there are none before it is agreed on.
  const firstWords = async () =>
    protocol === 'redis:'
      ? await firstWordsOf(hostname.replace(/^\[|\]$/g, ''), Number(port || 6379))
      : undefined
  return {
    place: `${protocol}//${host}${pathname}`,
    isSharded: false,
    connection(name) {
      const redis = new Redis(url, { ...commonOptions(name), ...(tls && { tls: { ...tls } }) })
      endWhenSilent(redis, PATIENCE)
      redis.on('error', (error: Error) => leaveOtherDatabase(redis, error))
      return redis
    },
    link: (redis, events) => linkTo(redis, events, firstWords),
    subscribed: (redis) => [redis],
  }
}
