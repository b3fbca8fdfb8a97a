/**
 * Somebody with the Redis user of apps, who means harm: writes whatever that user may write, and tries what it may not.
 *
 * @module
 */
import { keysOf } from '@vwo-hub/protocol'
import type { RedisUser } from '@vwo-hub/sandbox'
import { Redis } from 'ioredis'
import { setTimeout as sleep } from 'node:timers/promises'
import { clientUser } from '../support/acl-users.ts'
import type { Random } from './random.ts'

type Keys = ReturnType<typeof keysOf>

/** A user that somebody has made without the file: it may do everything with what apps write. */
const wideUser = { username: 'vwo-wide', password: 'wide-password' }
const every = keysOf('*')
const wideRules = [
  ...['reset', 'on', `>${wideUser.password}`, `~${every.asks}`, `~${every.nodes}`, `~${every.node('*')}`],
  ...[
    '+@all',
    '-@admin',
    '-@dangerous',
    '-@blocking',
    '-@scripting',
    '-@pubsub',
    '-@connection',
    '+auth',
    '+@keyspace',
  ],
]

type Command = readonly [string, ...(string | number)[]]

/** What must be refused to apps, one and all. */
const forbidden = (keys: Keys): readonly Command[] => [
  ['CLIENT', 'PAUSE', 10_000, 'ALL'],
  ['CLIENT', 'KILL', 'TYPE', 'normal'],
  ['FLUSHALL'],
  ['KEYS', '*'],
  ['CONFIG', 'SET', 'maxmemory', 1],
  ['EVAL', 'return 1', 0],
  ['SET', keys.settings, '{}'],
  ['SET', keys.asks, 1],
  ['DEL', keys.meta],
  ['HSET', keys.meta, 'revision', '9007199254740991'],
  ['HSET', keys.refresh, 'completed', '9007199254740991'],
  ['ZADD', keys.revisions, 1, '1'],
  ['DEL', keys.hubs],
  ['PUBLISH', keys.updates, '{}'],
  ['SPUBLISH', keys.updates, '{}'],
]

function reportOf(keys: Keys, random: Random, now: number): Command[] {
  const id = random.pick([`fake-${random.integer(1, 50)}`, 'x'.repeat(5000), '', '../\r\n\u202E', '}{'])
  const when = random.pick<string | number>([now, now, now, '+inf', '-inf', now + 3_600_000, '1e300', 0, -1])
  const fields: (string | number)[] = []
  for (let count = random.integer(1, 8); count > 0; count -= 1) {
    fields.push(
      random.pick(['revision', 'state', 'appliedAt', 'lagMs', 'host', 'pid', 'sdk', 'client', 'novel']),
      random.pick<string | number>([
        ...['9007199254740991', 'inf', 'nan', -1, '', '<script>', 'x'.repeat(1_000_000), '\u0000\u001B[2J'],
        ...[now, now + 30_000, now - 1000, 'ready', 'stale', 'starting', new Date(now).toISOString()],
      ]),
    )
  }
  return [
    ['ZADD', keys.nodes, when, id],
    ['HSET', keys.node(id), ...fields],
    ...(random.isChance(0.5) ? [['PEXPIRE', keys.node(id), random.pick([1, 60_000])] as const] : []),
  ]
}

/** As the user of the file may. */
function narrow(keys: Keys, random: Random, now: number): Command[] {
  const odd = `odd-${random.integer(1, 5)}`
  return random.pick<() => Command[]>([
    () => Array.from({ length: random.integer(1, 500) }, () => ['INCR', keys.asks]),
    () => reportOf(keys, random, now),
    () => Array.from({ length: random.integer(1, 40) }, () => reportOf(keys, random, now)).flat(),
    () => reportOfOtherType(keys, odd, now),
    () => [
      ['DEL', keys.nodes],
      ['HSET', keys.nodes, 'a', 'b'],
    ],
    () => [['DEL', keys.nodes, keys.node(odd)]],
    () => [['ZREMRANGEBYSCORE', keys.nodes, '-inf', '+inf']],
    () => Array.from({ length: 5000 }, (_, index) => ['ZADD', keys.nodes, now, `flood-${now}-${index}`]),
  ])()
}

/** As whoever may do everything with these keys. */
function wide(keys: Keys, random: Random): Command[] {
  const key = random.pick([keys.asks, keys.nodes, keys.node('odd-1')])
  return random.pick<() => Command[]>([
    () => [
      [
        'SET',
        key,
        random.pick(['inf', '-3', '1'.repeat(1_000_000), '9007199254740992', '9223372036854775807', '']),
      ],
    ],
    () => [['INCRBY', keys.asks, random.pick([1000, -5, 9_007_199_254_740_991])]],
    () => [['DEL', key]],
    () => [
      ['DEL', key],
      ['RPUSH', key, ...Array.from({ length: 1000 }, () => 'x')],
    ],
    () => [
      ['DEL', key],
      ['HSET', key, 'requested', 'inf'],
    ],
    () => [
      ['DEL', key],
      ['XADD', key, '*', 'a', 'b'],
    ],
  ])()
}

/** A report that is none, of a node that is listed. */
export function reportOfOtherType(keys: Keys, id: string, now: number): Command[] {
  return [
    ['DEL', keys.node(id)],
    ['ZADD', keys.node(id), 1, 'a'],
    ['ZADD', keys.nodes, now, id],
  ]
}

/** @returns A connection as the user of apps, or as one that may do more. */
async function connect(port: number, isWide: boolean, owner: RedisUser): Promise<Redis> {
  const redis = new Redis({
    port,
    ...(isWide ? owner : clientUser),
    ...{ retryStrategy: () => null, enableReadyCheck: false, disableClientInfo: true },
    ...{ connectTimeout: 2000, commandTimeout: 2000 },
  })
  redis.on('error', () => {})
  try {
    if (isWide) {
      await redis.call('ACL', 'SETUSER', wideUser.username, ...wideRules)
      await redis.auth(wideUser.username, wideUser.password)
    }
    await redis.ping()
    return redis
  } catch (error) {
    redis.disconnect()
    throw error
  }
}

/** Sends them as they are, and does not mind what is answered. */
export async function send(redis: Redis, commands: readonly Command[]): Promise<void> {
  const pipeline = redis.pipeline()
  for (const [name, ...args] of commands) pipeline.call(name, ...args)
  await pipeline.exec()
}

/**
 * @param environment - Whose keys it writes to.
 * @param port - Where its settings are now.
 * @param owner - Of the server; makes the other user.
 * @param complain - Told what it could do that apps must not.
 * @returns Ends it.
 * @throws When it could not begin.
 */
export async function startHostileApp(options: {
  readonly environment: string
  readonly port: () => Promise<number>
  readonly owner: RedisUser
  readonly random: Random
  readonly complain: (text: string) => void
}): Promise<() => Promise<void>> {
  const { environment, port, owner, random, complain } = options
  const keys = keysOf(environment)
  let isOver = false

  async function live(redis: Redis, isWide: boolean): Promise<void> {
    while (!isOver && redis.status === 'ready') {
      if (!isWide && random.isChance(0.2)) {
        const command = random.pick(forbidden(keys))
        const [name, ...args] = command
        const answer = await redis.call(name, ...args).catch((error: unknown) => error)
        if (!(answer instanceof Error)) complain(`an app could ${command.join(' ')}: ${String(answer)}`)
      } else {
        await send(redis, isWide ? wide(keys, random) : narrow(keys, random, Date.now()))
      }
      await sleep(random.integer(0, 50))
    }
  }

  async function liveForEver(first: Redis, isWideAtFirst: boolean): Promise<void> {
    let [redis, isWide] = [first as Redis | undefined, isWideAtFirst]
    while (!isOver) {
      try {
        redis ??= await connect(await port(), isWide, owner)
        await live(redis, isWide)
      } catch {
        // Redis is away, or another one is the master now.
        await sleep(50)
      }
      redis?.disconnect()
      redis = undefined
      isWide = random.isChance(0.5)
    }
  }

  const isWide = random.isChance(0.5)
  const living = liveForEver(await connect(await port(), isWide, owner), isWide)
  return async () => {
    isOver = true
    await living
  }
}
