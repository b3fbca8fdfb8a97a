/**
 * Follows the audit stream of an environment, as anybody can with `XREAD`.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'

export interface AuditEntry {
  readonly what: string
  readonly revision?: string
  readonly summary?: string
  readonly trigger?: string
}

/** How long Redis may hold back an answer when there is nothing new, in milliseconds. */
const blockMs = 1_000

/**
 * Calls back for each entry from now on, across interruptions.
 *
 * @param url - Of Redis.
 * @param stream - Key of the audit stream.
 * @returns Ends following.
 */
export function followAudit(
  url: string,
  stream: string,
  onEntry: (entry: AuditEntry) => void,
): () => Promise<void> {
  const redis = new Redis(url, {
    connectionName: 'vwo-hub-dev',
    maxRetriesPerRequest: 0,
    retryStrategy: () => 500,
  })
  // Told by the hub already.
  redis.on('error', () => {})
  const closing = new AbortController()
  let last: string | undefined

  async function follow(): Promise<void> {
    while (!closing.signal.aborted) {
      try {
        // Not `$`: that would skip what is added between two calls.
        last ??= (await redis.xrevrange(stream, '+', '-', 'COUNT', 1))[0]?.[0] ?? '0-0'
        const streams = await redis.xread('COUNT', 100, 'BLOCK', blockMs, 'STREAMS', stream, last)
        for (const [, entries] of streams ?? []) {
          for (const [id, fields] of entries) {
            last = id
            onEntry(entryOf(fields))
          }
        }
      } catch {
        await sleep(500, undefined, { signal: closing.signal }).catch(() => {})
      }
    }
  }

  const followed = follow()
  return async () => {
    closing.abort()
    redis.disconnect()
    await followed
  }
}

function entryOf(fields: readonly string[]): AuditEntry {
  const entry: Record<string, string> = {}
  for (let index = 0; index + 1 < fields.length; index += 2)
    entry[fields[index] ?? ''] = fields[index + 1] ?? ''
  return { what: 'unknown', ...entry }
}
