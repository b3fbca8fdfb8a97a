import { messageOf } from '../errors.ts'
import { clockSchema } from './fields.ts'
import type { RedisConnection } from './topology/topology.ts'

/** What a server says about itself. In a cluster: one of its nodes. */
export interface ServerFacts {
  /** What `INFO` has, by name; or why this user is not told. */
  readonly info: ReadonlyMap<string, string> | { readonly refused: string }
  /** How far the clock of this machine is ahead of its own, in milliseconds. */
  readonly clockAheadMs: number
}

/** Rejects for what Redis refuses to tell anybody. */
export async function readServer(redis: RedisConnection): Promise<ServerFacts> {
  const clockAheadMs = await clockAhead(redis)
  try {
    return { info: fieldsOf(await redis.info()), clockAheadMs }
  } catch (error) {
    return { info: { refused: messageOf(error) }, clockAheadMs }
  }
}

async function clockAhead(redis: RedisConnection): Promise<number> {
  const askedAt = Date.now()
  const there = clockSchema.parse(await redis.time())
  return Math.round((askedAt + Date.now()) / 2 - there)
}

function fieldsOf(info: string): Map<string, string> {
  return new Map(
    info.split(/\r?\n/).flatMap((line) => {
      const colon = line.indexOf(':')
      return colon === -1 ? [] : [[line.slice(0, colon), line.slice(colon + 1)] as const]
    }),
  )
}
