import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { messageOf } from '../errors.ts'
import type { Place } from './place.ts'

/** A command with its arguments. */
export type Call = readonly [command: string, ...args: string[]]

/** What the user of a connection may do of what a hub does. */
export type Permissions = {
  /** Its name; `this user` where even that is not told. */
  readonly user: string
} & (
  | { readonly kind: 'known'; readonly asked: number; readonly refused: readonly Call[] }
  /** Redis before 7 cannot be asked: what harms nobody has been tried, and has worked. */
  | { readonly kind: 'tried' }
  /** So much is missing that nothing more is known. */
  | { readonly kind: 'refused'; readonly reason: string }
)

/**
 * Asks Redis what the user of this connection may do, without doing it. Commands that a script runs are checked
 * against its user, too, so that one which is refused leaves a hub half able.
 */
const script = `
local refused = {}
for _, call in ipairs(cjson.decode(ARGV[1])) do
  local isKnown, isAllowed = pcall(redis.acl_check_cmd, unpack(call))
  if isKnown and not isAllowed then refused[#refused + 1] = cjson.encode(call) end
end
return refused`

const callSchema = z.tuple([z.string()], z.string())

/** Checks what a hub does, by command, key and channel. */
export async function readPermissions(place: Place): Promise<Permissions> {
  const { redis } = place
  const calls = callsOf(place)
  const user = await redis.acl('WHOAMI').then(String, () => 'this user')
  try {
    const refused = z.array(z.string()).parse(await redis.eval(script, 0, JSON.stringify(calls)))
    return {
      kind: 'known',
      user,
      asked: calls.length,
      refused: refused.map((call) => callSchema.parse(JSON.parse(call))),
    }
  } catch (error) {
    const reason = messageOf(error)
    if (!reason.includes('acl_check_cmd')) return { kind: 'refused', user, reason }
  }
  const reason = await tryOut(place)
  return reason === undefined ? { kind: 'tried', user } : { kind: 'refused', user, reason }
}

function callsOf({ keys, topology: { isSharded } }: Place): Call[] {
  const [staged, own, hub] = [keys.staged('doctor'), keys.settingsOf(1), keys.hub('doctor')]
  const hashes = [keys.meta, keys.refresh].flatMap((key): Call[] => [
    ['HGETALL', key],
    ['HMGET', key, 'a', 'b'],
    ['HGET', key, 'a'],
    ['HSET', key, 'a', 'b'],
    ['HSETNX', key, 'a', 'b'],
    ['HDEL', key, 'a'],
  ])
  return [
    ...hashes,
    ['HINCRBY', keys.refresh, 'a', '1'],
    ['SET', staged, 'a', 'EX', '60'],
    ['EXISTS', staged],
    ['RENAME', staged, own],
    ['PERSIST', own],
    ['COPY', own, keys.settings, 'REPLACE'],
    ['UNLINK', staged, own],
    ['RENAME', staged, keys.candidate],
    ['PERSIST', keys.candidate],
    ['UNLINK', keys.candidate],
    ['GET', keys.candidate],
    ['GET', keys.settings],
    ['GET', keys.asks],
    ['STRLEN', keys.asks],
    ['UNLINK', keys.asks],
    ['GET', own],
    ['STRLEN', own],
    ['ZADD', keys.revisions, '1', '1'],
    ['ZCARD', keys.revisions],
    ['ZRANGE', keys.revisions, '0', '-1'],
    ['ZREVRANGE', keys.revisions, '0', '-1'],
    ['ZREM', keys.revisions, '1'],
    ['HSET', keys.told, '1', 'a'],
    ['HSETNX', keys.told, '1', 'a'],
    ['HDEL', keys.told, '1'],
    ['HGETALL', keys.told],
    ['XADD', keys.audit, 'MAXLEN', '~', '1000', '*', 'a', 'b'],
    ['XADD', `${keys.audit}:acts`, 'MAXLEN', '~', '1000', '*', 'a', 'b'],
    ['HSET', keys.spread, '1', 'a'],
    ['HDEL', keys.spread, '1'],
    ['HGETALL', keys.spread],
    ['XADD', keys.minutes, 'MAXLEN', '~', '1440', '1-0', 'a', 'b'],
    ['XRANGE', keys.minutes, '-', '+'],
    ['XREVRANGE', keys.minutes, '+', '-', 'COUNT', '1'],
    ['UNLINK', keys.minutes, keys.spread],
    ['XRANGE', keys.audit, '-', '+'],
    ['XREVRANGE', keys.audit, '+', '-'],
    ['HSET', hub, 'a', 'b'],
    ['PEXPIRE', hub, '30000'],
    ['HSTRLEN', hub, 'a'],
    ['HMGET', hub, 'a'],
    ['DEL', hub],
    ['ZADD', keys.hubs, '1', 'a'],
    ['ZREM', keys.hubs, 'a'],
    ['ZREMRANGEBYSCORE', keys.hubs, '-inf', '0'],
    ['ZCARD', keys.hubs],
    ['ZCOUNT', keys.nodes, '-inf', '0'],
    ['ZRANGE', keys.nodes, '0', '0', 'WITHSCORES'],
    ['ZREM', keys.nodes, 'a'],
    ['ZREMRANGEBYSCORE', keys.nodes, '(1', '+inf'],
    ['HSTRLEN', keys.node('doctor'), 'a'],
    ['HMGET', keys.node('doctor'), 'a'],
    [isSharded ? 'SPUBLISH' : 'PUBLISH', keys.updates, 'a'],
    ['PUBSUB', isSharded ? 'SHARDNUMSUB' : 'NUMSUB', keys.updates],
    ['EVALSHA', 'a', '0'],
    ['TIME'],
    ['MULTI'],
    ['EXEC'],
  ]
}

/** @returns What Redis refused. */
async function tryOut({ redis, keys }: Place): Promise<string | undefined> {
  const staged = keys.staged(`doctor-${randomUUID()}`)
  try {
    await redis.set(staged, 'a', 'EX', 5)
    await redis.hgetall(keys.meta)
    await redis.del(staged)
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}
