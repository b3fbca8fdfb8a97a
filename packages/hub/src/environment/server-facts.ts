import { messageOf } from '../errors.ts'
import { clockSchema } from './fields.ts'
import type { RedisConnection } from './topology/topology.ts'

/** What a server says about itself. In a cluster: one of its nodes. */
export interface ServerFacts {
  /** What `INFO` has, by name; or why this user is not told. */
  readonly info: ReadonlyMap<string, string> | { readonly refused: string }
  /** Its limit of memory for all connections; undefined where it knows none, as before Redis 7; or why this user is not told. */
  readonly maxmemoryClients: string | { readonly refused: string } | undefined
  /** How far the clock of this machine is ahead of its own, in milliseconds. */
  readonly clockAheadMs: number
}

/** Rejects for what Redis refuses to tell anybody. */
export async function readServer(redis: RedisConnection): Promise<ServerFacts> {
  const clockAheadMs = await clockAhead(redis)
  const refusedBy = (error: unknown): { refused: string } => ({ refused: messageOf(error) })
  const [info, maxmemoryClients] = await Promise.all([
    redis.info().then(fieldsOf, refusedBy),
    readLimit(redis).catch(refusedBy),
  ])
  return { info, maxmemoryClients, clockAheadMs }
}

const LIMIT = 'maxmemory-clients'

/** Whether this user may ask for it: what is refused would be in the log of Redis, where people look for intruders. */
const MAY_ASK = `
if not redis.acl_check_cmd then return 'unknown' end
local isKnown, isAllowed = pcall(redis.acl_check_cmd, 'CONFIG', 'GET', '${LIMIT}')
return isKnown and isAllowed and 'yes' or 'no'`

async function readLimit(redis: RedisConnection): Promise<ServerFacts['maxmemoryClients']> {
  switch (await redis.eval(MAY_ASK, 0)) {
    case 'yes':
      return settingOf(await redis.config('GET', LIMIT))
    case 'no':
      return { refused: 'no permission for CONFIG GET' }
    default:
      return undefined
  }
}

/** Name and value in turn; with RESP3 they may be an object. */
function settingOf(answer: unknown): string | undefined {
  const [, value] = Array.isArray(answer) ? (answer as unknown[]) : Object.entries(Object(answer)).flat()
  return typeof value === 'string' ? value : undefined
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
