import type { RedisConnection } from '../../environment/connection.ts'
import { messageOf } from '../../errors.ts'
import { type Finding, failure, ok, skipped, warning } from './finding.ts'

/** The oldest that has every command that is used: `COPY` came with it. */
const OLDEST = [6, 2] as const
/** More than this between two clocks is told, in milliseconds. */
const CLOCK_MS = 1000

/** Checks the server itself: its version, role, memory, persistence and clock. */
export async function checkServer(redis: RedisConnection): Promise<Finding[]> {
  const clock = await checkClock(redis)
  let info: Map<string, string>
  try {
    info = fieldsOf(await redis.info())
  } catch (error) {
    const reason = messageOf(error)
    const text = `version, role, memory and persistence are not known: ${reason}`
    return [skipped('redis-info', text, 'allow this user +info'), clock]
  }
  return [
    checkVersion(info),
    ...checkRole(info),
    checkEviction(info),
    await checkPersistence(redis, info),
    clock,
  ]
}

function fieldsOf(info: string): Map<string, string> {
  return new Map(
    info.split(/\r?\n/).flatMap((line) => {
      const colon = line.indexOf(':')
      return colon === -1 ? [] : [[line.slice(0, colon), line.slice(colon + 1)] as const]
    }),
  )
}

function checkVersion(info: Map<string, string>): Finding {
  const valkey = info.get('valkey_version')
  const version = valkey ?? info.get('redis_version') ?? ''
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isNew = major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])
  const name = `${valkey === undefined ? 'Redis' : 'Valkey'} ${version}`
  return isNew
    ? ok('redis-version', name)
    : failure('redis-version', `${name} is too old`, `use Redis ${OLDEST.join('.')} or later, or Valkey`)
}

function checkRole(info: Map<string, string>): Finding[] {
  if (info.get('role') !== 'slave') return []
  const remedy = 'connect to its master, or through REDIS_SENTINELS and REDIS_SENTINEL_MASTER'
  return [failure('redis-role', 'this is a replica, which refuses to be written to', remedy)]
}

function checkEviction(info: Map<string, string>): Finding {
  const policy = info.get('maxmemory_policy') ?? 'unknown'
  const limit = Number(info.get('maxmemory') ?? 0)
  if (!policy.startsWith('allkeys-')) return ok('redis-eviction', `policy ${policy}`)
  const when = limit === 0 ? ', once it has a memory limit' : ''
  return warning(
    'redis-eviction',
    `policy ${policy}: Redis may throw settings away${when}; a hub puts them back, meanwhile apps that start have none`,
    'CONFIG SET maxmemory-policy noeviction (or a volatile-* policy), or a Redis of its own',
  )
}

async function checkPersistence(redis: RedisConnection, info: Map<string, string>): Promise<Finding> {
  for (const [field, what] of [
    ['rdb_last_bgsave_status', 'its last snapshot'],
    ['aof_last_write_status', 'its last write to the append-only file'],
  ] as const) {
    if ((info.get(field) ?? 'ok') === 'ok') continue
    const text = `${what} failed: Redis may refuse to be written to`
    return failure('redis-persistence', text, 'look into the log of Redis, and at the space on its disk')
  }
  if (info.get('aof_enabled') === '1') return ok('redis-persistence', 'append-only file')
  const schedule = await redis.config('GET', 'save').then(
    (answer) => (Array.isArray(answer) ? String(answer[1]) : Object.values(answer as object).join('')),
    () => undefined,
  )
  if (schedule === undefined) {
    return skipped('redis-persistence', 'no append-only file; whether there are snapshots is not known')
  }
  if (schedule !== '') return ok('redis-persistence', 'snapshots')
  return warning(
    'redis-persistence',
    'none: after a restart a hub puts the current settings back, but history and audit are gone',
    'CONFIG SET appendonly yes, unless that does not matter here',
  )
}

async function checkClock(redis: RedisConnection): Promise<Finding> {
  const askedAt = Date.now()
  const [seconds, microseconds] = await redis.time()
  const here = (askedAt + Date.now()) / 2
  const difference = Math.round(here - (Number(seconds) * 1000 + Number(microseconds) / 1000))
  const text = `this machine's clock is ${Math.abs(difference)} ms ${difference < 0 ? 'behind' : 'ahead of'} that of Redis`
  if (Math.abs(difference) <= CLOCK_MS) return ok('redis-clock', text)
  const remedy =
    'synchronise both with NTP; hub and clients go by Redis’ clock, names such as "14:05" by the one here'
  return warning('redis-clock', text, remedy)
}
