import { describe, expect, it } from 'vitest'
import type { RedisUser } from '@vwo-hub/sandbox'
import { aclLines, clientUser, hubUser, readerUser } from '../support/acl-users.ts'
import { connect, keys, ownerOf, topologies, type Address } from '../support/topologies-with-users.ts'

/** What stops or spies on all of Redis. */
const dangerous = [
  ...['CLIENT PAUSE 1 ALL', 'CLIENT UNPAUSE', 'CLIENT KILL TYPE normal', 'CLIENT LIST', 'CLIENT NO-EVICT on'],
  ...['CLIENT TRACKING on BCAST', 'CLIENT UNBLOCK 1', 'CONFIG GET masterauth', 'CONFIG SET maxmemory 1'],
  ...['CONFIG RESETSTAT', 'KEYS *', 'SCAN 0', 'RANDOMKEY', 'DBSIZE', 'FLUSHALL', 'FLUSHDB', 'SWAPDB 0 1'],
  ...['ACL LIST', 'ACL SETUSER vwo-reader +@all', 'ACL LOG', 'SHUTDOWN NOSAVE', 'DEBUG SLEEP 0', 'MONITOR'],
  ...[
    'REPLICAOF 127.0.0.1 1',
    'SAVE',
    'BGSAVE',
    'BGREWRITEAOF',
    'SLOWLOG GET',
    'LATENCY RESET',
    'MEMORY STATS',
  ],
  ...[
    'MODULE LIST',
    'SCRIPT FLUSH',
    'SCRIPT KILL',
    'FUNCTION FLUSH',
    'WAIT 1 0',
    'CLUSTER RESET',
    'CLUSTER NODES',
  ],
  ...['PSUBSCRIBE *', 'SUBSCRIBE __keyspace@0__:x', 'PUBSUB CHANNELS', 'MIGRATE 127.0.0.1 1 x 0 10'],
]
/** What is not ours, though it lies in the same slot. */
const neighbours = [
  'GET other:{prod}:meta',
  'HMGET other:{prod}:meta a',
  'GET vwo:{prod}',
  'GET vwo-{prod}:settings',
]
/** What apps leave to hubs. */
const { settings: text, meta, revisions, audit, refresh, asks, hubs, updates } = keys
const forClients = [
  ...['EVAL return 0', 'EVALSHA e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0', 'FCALL f 0', 'WATCH x'],
  ...[`PUBLISH ${updates} x`, `SPUBLISH ${updates} x`, 'PUBLISH other x'],
  ...[
    `SET ${text} x`,
    `SET ${text}:1 x`,
    `APPEND ${text} x`,
    `DEL ${text}`,
    `UNLINK ${text}`,
    `RENAME ${text} ${meta}`,
  ],
  ...[
    `EXPIRE ${text} 1`,
    `PEXPIRE ${text} 1`,
    `COPY ${text} ${asks}`,
    `SET ${keys.staged('x')} x`,
    `RESTORE ${text} 0 x`,
  ],
  ...[
    `HSET ${meta} a b`,
    `HDEL ${meta} revision`,
    `DEL ${meta}`,
    `PEXPIRE ${meta} 1`,
    `HINCRBY ${meta} revision 1`,
  ],
  ...[`HSET ${refresh} released x`, `HINCRBY ${refresh} completed 1`, `HINCRBY ${refresh} requested 1`],
  ...[`HDEL ${refresh} owner`, `DEL ${refresh}`, `PEXPIRE ${refresh} 1`, `ZADD ${refresh} 1 x`],
  ...[
    `XADD ${audit} * a b`,
    `XRANGE ${audit} - +`,
    `DEL ${audit}`,
    `ZADD ${revisions} 1 1`,
    `DEL ${revisions}`,
  ],
  ...[
    `ZADD ${hubs} 1 x`,
    `HSET ${keys.hub('x')} a b`,
    `HGETALL ${keys.hub('x')}`,
    `ZRANGE ${keys.nodes} 0 -1`,
    `XADD ${keys.minutes} * a b`,
    `XRANGE ${keys.minutes} - +`,
    `HSET ${keys.spread} 1 x`,
    `HGETALL ${keys.spread}`,
  ],
  ...[
    `SET ${asks} 1`,
    `INCRBY ${asks} 5`,
    `APPEND ${asks} x`,
    `DEL ${asks}`,
    `EXPIRE ${asks} 1`,
    `HSET ${asks} a b`,
  ],
  ...[`HGETALL ${keys.node('x')}`, `SET ${keys.node('x')} x`, `SET ${keys.nodes} x`],
]
const forReaders = [
  ...[
    `INCR ${asks}`,
    `HMGET ${refresh} answered`,
    'MULTI',
    `HSET ${keys.node('x')} a b`,
    `ZADD ${keys.nodes} 1 x`,
  ],
  ...[`DEL ${keys.node('x')}`, `ZREM ${keys.nodes} x`, `PEXPIRE ${keys.node('x')} 1`, `ZCARD ${keys.nodes}`],
]

/** Those that Redis does not refuse for want of a permission. */
async function allowed(address: Address, user: RedisUser, lines: readonly string[]): Promise<string[]> {
  const redis = connect(address, user)
  const answers = lines.map(async (line) => {
    const [command = '', ...args] = line.split(' ')
    const answer = await redis.call(command, ...(command === 'EVAL' ? ['return 0', 0] : args)).then(
      () => 'done',
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    )
    // An older Redis does not know the command, and DEBUG is for nobody.
    return /^NOPERM|^ERR (unknown (command|subcommand)|DEBUG command not allowed)/.test(answer)
      ? []
      : [`${line}: ${answer}`]
  })
  return (await Promise.all(answers)).flat()
}

describe.each(Object.entries(topologies))('given the users of deploy/redis-users.acl, %s', (_, start) => {
  it('nobody stops or spies on Redis, and apps write nothing but requests and reports', async () => {
    const topology = await start(await aclLines())
    const master = await topology.master()
    const owner = connect(master, ownerOf(topology.config))
    await owner.set(keys.settings, 'x')
    for (const [user, lines] of [
      [hubUser, [...dangerous, ...neighbours]],
      [clientUser, [...dangerous, ...neighbours, ...forClients]],
      [readerUser, [...dangerous, ...neighbours, ...forClients, ...forReaders]],
    ] as const) {
      expect([user.username, await allowed(master, user, lines)]).toEqual([user.username, []])
    }
    expect(await owner.keys('*')).toEqual([keys.settings])
  })
})
