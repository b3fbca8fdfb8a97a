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

/** How to make out, from `refresh`, that a request is done. */
type IsDone = (answered: number, completed: number) => boolean

/**
 * Asks the hub, through Redis, for a fetch that begins now, waits until one has completed, and reads what came of it.
 *
 * @throws {@link ClientError} `redis-unreachable`, `redis-forbidden`, `settings-refused`, `closed`, or `timeout` when no
 *   hub has fetched in time: the request stays in Redis, and the next hub that runs will serve it.
 */
export async function requestRefresh(options: RefreshOptions): Promise<void> {
  const { keys, signal, read } = options
  try {
    signal.throwIfAborted()
    await done(await ask(options), options)
    await on(keys.meta, read())
  } catch (error) {
    throw signal.aborted ? closed(error) : error
  }
}

async function ask(options: RefreshOptions): Promise<IsDone> {
  const { redis, keys } = options
  const [revision, speaks] = await on(keys.meta, redis.hmget(keys.meta, 'revision', 'speaks'))
  if (typeof revision === 'string' && Number(speaks ?? 1) < 2) return await askLikeHub(options)
  try {
    const number = await on(keys.asks, redis.incr(keys.asks))
    return (answered) => answered >= number
  } catch (error) {
    if (!isForbidden(error)) throw error
    // This user was given its permissions while hubs were of protocol 1.
    return await askLikeHub(options).catch(() => {
      throw error
    })
  }
}

/** A hub of protocol 1 knows no requests of apps, and takes them for its own. */
async function askLikeHub({ redis, keys }: RefreshOptions): Promise<IsDone> {
  const ticket = await on(keys.refresh, redis.hincrby(keys.refresh, 'requested', 1))
  return (_answered, completed) => completed >= ticket
}

async function done(isDone: IsDone, options: RefreshOptions): Promise<void> {
  const { redis, keys, timeoutMs, signal } = options
  const startedAt = performance.now()
  let isDoneToo: IsDone | undefined
  for (let waitMs = 10; ; waitMs = Math.min(250, waitMs * 2)) {
    await delay(waitMs, undefined, { signal })
    const read = on(keys.refresh, redis.hmget(keys.refresh, 'answered', 'completed'))
    const [answered, completed] = await read.catch((error: unknown) => {
      // What passes is asked again; a permission does not come by waiting.
      if (isForbidden(error)) throw error
      return []
    })
    const told = [Number(answered), Number(completed)] as const
    if (isDone(...told) || isDoneToo?.(...told)) return
    const elapsedMs = performance.now() - startedAt
    if (elapsedMs >= timeoutMs) {
      throw new ClientError(
        'timeout',
        `Cannot refresh: expected a hub to fetch within ${timeoutMs} ms, none did. The request stays in Redis; the settings in use stay.`,
      )
    }
    // Hubs may have gone back to protocol 1 since one of protocol 2 has published.
    if (elapsedMs >= timeoutMs / 2) isDoneToo ??= await askLikeHub(options).catch(() => () => false)
  }
}

const isForbidden = (error: unknown): boolean =>
  error instanceof ClientError && error.code === 'redis-forbidden'

function closed(error: unknown): ClientError {
  return new ClientError('closed', 'Cannot refresh: this client was closed. Its settings stay in use.', {
    cause: error,
  })
}

/** Says of what fails to which key it happened. */
async function on<T>(key: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (error instanceof ClientError) throw error
    const reason = messageOf(error)
    const options = { cause: withoutCommand(error) }
    throw reason.startsWith('NOPERM')
      ? new ClientError(
          'redis-forbidden',
          `Cannot refresh: Redis refuses ${key} to this user (${reason}). Grant it, or refresh with "vwo-hub refresh".`,
          options,
        )
      : new ClientError('redis-unreachable', `Cannot refresh: ${reason}. The settings in use stay.`, options)
  }
}
