import { randomUUID } from 'node:crypto'
import { keysOf, type Keys } from '@vwo-hub/protocol'
import type { RedisConnection } from '../../environment/connection.ts'
import { messageOf } from '../../errors.ts'
import { type Finding, failure, ok, skipped } from './finding.ts'

type Call = readonly [command: string, ...args: string[]]

/** So many are named when they are refused. */
const NAMED = 4

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

/** Checks what a hub does, by command, key and channel. */
export async function checkPermissions(
  redis: RedisConnection,
  environment: string,
  prefix: string,
): Promise<Finding> {
  const keys = keysOf(environment, prefix)
  const calls = callsOf(keys, redis.isCluster)
  const user = await redis.acl('WHOAMI').then(String, () => 'this user')
  const check = 'redis-permissions'
  const remedy = `grant it keys and channels ${prefix}:* and the commands that deploy/redis-users.acl grants to vwo-hub`
  try {
    const refused = (await redis.eval(script, 0, JSON.stringify(calls))) as string[]
    if (refused.length === 0)
      return ok(check, `${user} may do all that a hub does (${calls.length} commands)`)
    const named = refused.slice(0, NAMED).map((call) => (JSON.parse(call) as string[]).slice(0, 2).join(' '))
    const more = refused.length > NAMED ? `, and ${refused.length - NAMED} more` : ''
    return failure(check, `${user} may not ${named.join(', ')}${more}`, remedy)
  } catch (error) {
    const reason = messageOf(error)
    if (!reason.includes('acl_check_cmd')) return failure(check, `${user}: ${reason}`, remedy)
  }
  // Before Redis 7 it cannot be asked: what harms nobody is tried.
  const refused = await tryOut(redis, keys)
  if (refused !== undefined) return failure(check, `${user}: ${refused}`, remedy)
  return skipped(check, `${user} may write keys; Redis before 7 does not tell what else it may`)
}

function callsOf(keys: Keys, isCluster: boolean): Call[] {
  const { settings, meta, revisions, audit, refresh, hubs, nodes, updates } = keys
  const [staged, own, hub] = [keys.staged('doctor'), keys.settingsOf(1), keys.hub('doctor')]
  const hashes = [meta, refresh].flatMap((key): Call[] => [
    ['HGETALL', key],
    ['HMGET', key, 'a', 'b'],
    ['HGET', key, 'a'],
    ['HSET', key, 'a', 'b'],
    ['HSETNX', key, 'a', 'b'],
    ['HDEL', key, 'a'],
  ])
  return [
    ...hashes,
    ['HINCRBY', refresh, 'a', '1'],
    ['SET', staged, 'a', 'EX', '60'],
    ['EXISTS', staged],
    ['RENAME', staged, own],
    ['PERSIST', own],
    ['COPY', own, settings, 'REPLACE'],
    ['UNLINK', staged, own],
    ['GET', settings],
    ['GET', own],
    ['STRLEN', own],
    ['ZADD', revisions, '1', '1'],
    ['ZCARD', revisions],
    ['ZRANGE', revisions, '0', '-1'],
    ['ZREVRANGE', revisions, '0', '-1'],
    ['ZREM', revisions, '1'],
    ['XADD', audit, 'MAXLEN', '~', '1000', '*', 'a', 'b'],
    ['XRANGE', audit, '-', '+'],
    ['XREVRANGE', audit, '+', '-'],
    ['HSET', hub, 'a', 'b'],
    ['EXPIRE', hub, '30'],
    ['HGETALL', hub],
    ['DEL', hub],
    ['ZADD', hubs, '1', 'a'],
    ['ZREM', hubs, 'a'],
    ['ZREMRANGEBYSCORE', hubs, '-inf', '0'],
    ['ZRANGEBYSCORE', nodes, '0', '+inf'],
    ['HGETALL', keys.node('doctor')],
    [isCluster ? 'SPUBLISH' : 'PUBLISH', updates, 'a'],
    ['PUBSUB', isCluster ? 'SHARDNUMSUB' : 'NUMSUB', updates],
    ['EVALSHA', 'a', '0'],
    ['TIME'],
    ['MULTI'],
    ['EXEC'],
  ]
}

/** @returns What Redis refused. */
async function tryOut(redis: RedisConnection, keys: Keys): Promise<string | undefined> {
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
