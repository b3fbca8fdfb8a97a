import { Redis, type RedisOptions } from 'ioredis'
import { ClientError } from './errors.ts'

/**
 * Where Redis is: a URL (`redis://`, `rediss://`), options of ioredis (Sentinel and TLS included), or a
 * connection of the app's. The latter is never used itself, only duplicated: it stays as it is.
 */
export type RedisOption = string | RedisOptions | Redis

/** Nothing heard for this long after a command: the connection is dead, whatever the socket says. */
const ANSWER_TIMEOUT_MS = 3000

/** Full jitter, at most a second: a thousand processes must not come back in the same instant. */
function reconnectDelayMs(attempt: number): number {
  return Math.ceil(Math.random() * Math.min(1000, 50 * 2 ** Math.min(attempt, 10)))
}

/**
 * Makes the client's one connection, not opened yet. It subscribes and asks on the same connection (RESP3), and
 * whoever uses it subscribes anew at each `ready`: ioredis' own resubscription comes too late for a read that
 * follows, and ends the process when it is refused.
 *
 * @throws {@link ClientError} `option-invalid`
 */
export function connectRedis(redis: RedisOption, name: string): Redis {
  const own = {
    connectionName: name,
    lazyConnect: true,
    protocol: 3,
    replyMapping: 'legacy',
    autoResubscribe: false,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: ANSWER_TIMEOUT_MS,
    socketTimeout: ANSWER_TIMEOUT_MS,
    connectTimeout: ANSWER_TIMEOUT_MS,
    retryStrategy: reconnectDelayMs,
    sentinelRetryStrategy: reconnectDelayMs,
  } satisfies RedisOptions
  // Not `duplicate()`: the app's copy of ioredis may be an older one, without RESP3.
  if (isConnection(redis)) return new Redis({ ...redis.options, ...own })
  if (typeof redis !== 'string') return new Redis({ ...redis, ...own })
  if (!/^rediss?:\/\//.test(redis)) {
    throw new ClientError(
      'option-invalid',
      'redis: expected a URL that starts with redis:// or rediss://, options of ioredis or a connection, got another text.',
    )
  }
  return new Redis(redis, own)
}

function isConnection(redis: RedisOption): redis is Redis {
  return typeof redis === 'object' && 'duplicate' in redis && 'options' in redis
}
