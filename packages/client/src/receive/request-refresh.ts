import { setTimeout as delay } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { ClientError, withoutCommand, messageOf } from '../errors.ts'
import type { Keys } from '@vwo-hub/protocol'

interface RefreshOptions {
  readonly redis: Redis
  readonly keys: Keys
  /** Limit for the hub, in milliseconds. */
  readonly timeoutMs: number
  /** Aborted when the client is closed. */
  readonly signal: AbortSignal
  /** Takes into use what is in Redis then. */
  readonly read: () => Promise<void>
}

/**
 * Asks the hub, through Redis, for a fetch that begins now, waits until one has completed, and reads what came of it.
 *
 * @throws {@link ClientError} `redis-unreachable`, `redis-forbidden`, `settings-refused`, `closed`, or `timeout` when no
 *   hub has fetched in time: the request stays in Redis, and the next hub that runs will serve it.
 */
export async function requestRefresh(options: RefreshOptions): Promise<void> {
  const { redis, keys, signal, read } = options
  let key = keys.refresh
  try {
    signal.throwIfAborted()
    await completed(await redis.hincrby(key, 'requested', 1), options)
    key = keys.meta
    await read()
  } catch (error) {
    throw signal.aborted ? closed(error) : asClientError(error, key)
  }
}

async function completed(ticket: number, { redis, keys, timeoutMs, signal }: RefreshOptions): Promise<void> {
  const deadline = performance.now() + timeoutMs
  for (let waitMs = 10; ; waitMs = Math.min(250, waitMs * 2)) {
    await delay(waitMs, undefined, { signal })
    const last = await redis.hget(keys.refresh, 'completed').catch((error: unknown) => {
      // What passes is asked again; a permission does not come by waiting.
      if (messageOf(error).startsWith('NOPERM')) throw error
      return null
    })
    if (Number(last) >= ticket) return
    if (performance.now() >= deadline) {
      throw new ClientError(
        'timeout',
        `Cannot refresh: expected a hub to fetch within ${timeoutMs} ms, none did. The request stays in ${keys.refresh}; the settings in use stay.`,
      )
    }
  }
}

function closed(error: unknown): ClientError {
  return new ClientError('closed', 'Cannot refresh: this client was closed. Its settings stay in use.', {
    cause: error,
  })
}

function asClientError(error: unknown, key: string): ClientError {
  if (error instanceof ClientError) return error
  const reason = messageOf(error)
  const options = { cause: withoutCommand(error) }
  return reason.startsWith('NOPERM')
    ? new ClientError(
        'redis-forbidden',
        `Cannot refresh: Redis refuses ${key} to this user (${reason}). Grant it, or refresh with "vwo-hub refresh".`,
        options,
      )
    : new ClientError('redis-unreachable', `Cannot refresh: ${reason}. The settings in use stay.`, options)
}
