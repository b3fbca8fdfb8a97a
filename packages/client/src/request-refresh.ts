import { setTimeout as delay } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { ClientError } from './errors.ts'
import type { Keys } from './protocol.ts'

/**
 * Asks the hub, through Redis, for a fetch that begins now, and waits until one has completed.
 *
 * @param options.timeoutMs - Limit in milliseconds.
 * @throws {@link ClientError} `redis-unreachable`, `redis-forbidden`, or `timeout` when no hub has fetched in time: the
 *   request stays in Redis, and the next hub that runs will serve it.
 */
export async function requestRefresh(options: {
  readonly redis: Redis
  readonly keys: Keys
  readonly timeoutMs: number
  readonly signal: AbortSignal
}): Promise<void> {
  const { redis, keys, timeoutMs, signal } = options
  const deadline = performance.now() + timeoutMs
  const ticket = await redis.hincrby(keys.refresh, 'requested', 1).catch((error: unknown) => {
    throw asClientError(error, keys.refresh)
  })
  for (let waitMs = 10; ; waitMs = Math.min(250, waitMs * 2)) {
    await delay(waitMs, undefined, { signal })
    const completed = await redis.hget(keys.refresh, 'completed').catch(() => null)
    if (Number(completed) >= ticket) return
    if (performance.now() >= deadline) {
      throw new ClientError(
        'timeout',
        `Cannot refresh: expected a hub to fetch within ${timeoutMs} ms, none did. The request stays in ${keys.refresh}; the settings in use stay.`,
      )
    }
  }
}

function asClientError(error: unknown, key: string): ClientError {
  const reason = error instanceof Error ? error.message : String(error)
  if (reason.startsWith('NOPERM')) {
    return new ClientError(
      'redis-forbidden',
      `Cannot ask for a refresh: Redis refuses to write ${key} to this user (${reason}). Grant it, or refresh with "vwo-hub refresh".`,
      { cause: error },
    )
  }
  return new ClientError(
    'redis-unreachable',
    `Cannot ask for a refresh: ${reason}. The settings in use stay.`,
    {
      cause: error,
    },
  )
}
