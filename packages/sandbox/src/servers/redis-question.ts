/**
 * Asks a server one thing, and waits for servers to come round.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { SandboxError } from '../errors.ts'
import type { RedisSecurity } from './redis-security.ts'

/** How long one server may take to answer one question, in milliseconds. */
const ANSWER_TIMEOUT_MS = 1000

/** As whom to ask. */
export type Asking = Pick<RedisSecurity, 'access'>

/** Opens a connection, asks, and closes it. */
export async function ask<T>(
  { host, port }: { readonly host: string; readonly port: number },
  { access }: Asking,
  question: (redis: Redis) => Promise<T>,
): Promise<T> {
  const redis = new Redis({
    host,
    port,
    ...access,
    // Its certificate need not have the address.
    ...(access.tls && { tls: { ...access.tls, checkServerIdentity: () => undefined } }),
    lazyConnect: true,
    enableReadyCheck: false,
    retryStrategy: () => null,
    connectTimeout: ANSWER_TIMEOUT_MS,
    commandTimeout: ANSWER_TIMEOUT_MS,
  })
  redis.on('error', () => {}) // The rejection says the same.
  try {
    await redis.connect()
    return await question(redis)
  } finally {
    redis.disconnect()
  }
}

/**
 * Looks again and again until there is something to see, and less often the longer it takes: a look may be many connections.
 * A look that fails is one that sees nothing.
 *
 * @throws {@link SandboxError} `timeout`
 */
export async function waitUntil<T>(
  what: string,
  timeoutMs: number,
  look: () => Promise<T | undefined>,
): Promise<T> {
  const startedAt = performance.now()
  let failure: unknown
  for (;;) {
    const seen = await look().catch((error: unknown) => {
      failure = error
      return undefined
    })
    if (seen !== undefined) return seen
    const waitedMs = performance.now() - startedAt
    if (waitedMs > timeoutMs) {
      throw new SandboxError('timeout', `Waited ${timeoutMs} ms for ${what}.`, { cause: failure })
    }
    await sleep(Math.min(20 + waitedMs / 5, 250))
  }
}
