import { Cluster, type RedisOptions } from 'ioredis'
import type { RedisConfig } from '../../config/hub-config.ts'
import { accessOptions, type RedisConnection } from './topology.ts'

/**
 * Takes over user, passwords and certificates, for whenever a connection is made from now on; what is open stays so.
 *
 * @see ioredis 6.0.0 `built/Redis.js` `_connect`: options are read with each attempt; `built/cluster/ConnectionPool.js`:
 *   nodes are made with a copy of `redisOptions`
 */
export function takeAccess(redis: RedisConnection, config: RedisConfig): void {
  const options = optionsOf(config)
  if (redis instanceof Cluster) {
    const { connectionPool } = redis as unknown as { connectionPool: { redisOptions: RedisOptions } }
    const nodes = redis.nodes('all').map((node) => node.options)
    for (const each of [connectionPool.redisOptions, redis.options.redisOptions ?? {}, ...nodes])
      Object.assign(each, options)
  } else Object.assign(redis.options, options)
}

function optionsOf(config: RedisConfig): Partial<RedisOptions> {
  switch (config.kind) {
    case 'standalone': {
      const { username, password } = new URL(config.url)
      return {
        ...(username !== '' && { username: decodeURIComponent(username) }),
        ...(password !== '' && { password: decodeURIComponent(password) }),
        ...(config.tls && { tls: { ...config.tls } }),
      }
    }
    case 'sentinel': {
      const { tls, sentinelPassword } = config
      return {
        ...accessOptions(config),
        ...(sentinelPassword !== undefined && { sentinelPassword }),
        ...(tls && { sentinelTLS: { ...tls } }),
      }
    }
    case 'cluster':
      return accessOptions(config)
  }
}
