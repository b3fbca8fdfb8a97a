import type { ServerFacts } from '../../environment/server-facts.ts'
import { type Finding, failure, ok, skipped, warning } from './finding.ts'

/** The oldest that has every command that is used: `COPY` came with it. */
const OLDEST = [6, 2] as const
/** More than this between two clocks is told, in milliseconds. */
const CLOCK_MS = 1000
/** By default Redis makes a snapshot after so many seconds at the latest, when anything has changed. */
const SNAPSHOT_S = 3600
/** Seconds of which Redis tells one as another. */
const CLOSE_S = 2

/** Checks the server itself: its version, role, memory, persistence and clock. */
export function checkServer({ info, maxmemoryClients, clockAheadMs }: ServerFacts): Finding[] {
  const clock = checkClock(clockAheadMs)
  if ('refused' in info) {
    const text = `version, role, memory and persistence are not known: ${info.refused}`
    return [
      skipped('redis-info', text, 'allow this user +info'),
      ...checkConnections(maxmemoryClients),
      clock,
    ]
  }
  return [
    checkVersion(info),
    ...checkRole(info),
    checkEviction(info),
    ...checkConnections(maxmemoryClients),
    checkPersistence(info),
    clock,
  ]
}

function checkVersion(info: ReadonlyMap<string, string>): Finding {
  const valkey = info.get('valkey_version')
  const version = valkey ?? info.get('redis_version') ?? ''
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isNew = major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])
  const name = `${valkey === undefined ? 'Redis' : 'Valkey'} ${version}`
  return isNew
    ? ok('redis-version', name)
    : failure('redis-version', `${name} is too old`, `use Redis ${OLDEST.join('.')} or later, or Valkey`)
}

function checkRole(info: ReadonlyMap<string, string>): Finding[] {
  if (info.get('role') !== 'slave') return []
  const remedy = 'connect to its master, or through REDIS_SENTINELS and REDIS_SENTINEL_MASTER'
  return [failure('redis-role', 'this is a replica, which refuses to be written to', remedy)]
}

function checkEviction(info: ReadonlyMap<string, string>): Finding {
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

function checkConnections(limit: ServerFacts['maxmemoryClients']): Finding[] {
  if (limit === undefined) return []
  if (typeof limit !== 'string') {
    const text = 'this user may not read whether connections have a limit of memory'
    return [skipped('redis-connections', text, 'ask its administrator: CONFIG GET maxmemory-clients')]
  }
  if (limit !== '0') return [ok('redis-connections', `maxmemory-clients ${limit}`)]
  const text =
    'no limit of memory: whoever may connect can take all of it, with answers that he does not read'
  return [
    warning('redis-connections', text, 'CONFIG SET maxmemory-clients 512mb (docs/operations.md, "Redis")'),
  ]
}

function checkPersistence(info: ReadonlyMap<string, string>): Finding {
  for (const [field, what] of [
    ['rdb_last_bgsave_status', 'its last snapshot'],
    ['aof_last_write_status', 'its last write to the append-only file'],
  ] as const) {
    if ((info.get(field) ?? 'ok') === 'ok') continue
    const text = `${what} failed: Redis may refuse to be written to`
    return failure('redis-persistence', text, 'look into the log of Redis, and at the space on its disk')
  }
  if (info.get('aof_enabled') === '1') return ok('redis-persistence', 'append-only file')
  const uptime = Number(info.get('uptime_in_seconds') ?? 0)
  if (snapshotAge(info) < uptime - CLOSE_S) return ok('redis-persistence', 'snapshots')
  if (uptime < SNAPSHOT_S) {
    const text = 'no append-only file, and no snapshot yet: it has been up for less than an hour'
    return skipped('redis-persistence', text, 'look again later, or ask its administrator: CONFIG GET save')
  }
  return warning(
    'redis-persistence',
    'none since it was started: after a restart a hub puts the current settings back, but history and audit are gone',
    'CONFIG SET appendonly yes, unless that does not matter here',
  )
}

/** How long ago the last snapshot was made, in seconds. Where there was none yet, it is said to have been at the start. */
function snapshotAge(info: ReadonlyMap<string, string>): number {
  const now = Number(info.get('server_time_usec') ?? Date.now() * 1000) / 1e6
  return now - Number(info.get('rdb_last_save_time') ?? 0)
}

function checkClock(aheadMs: number): Finding {
  const text = `this machine's clock is ${Math.abs(aheadMs)} ms ${aheadMs < 0 ? 'behind' : 'ahead of'} that of Redis`
  if (Math.abs(aheadMs) <= CLOCK_MS) return ok('redis-clock', text)
  const remedy =
    'synchronise both with NTP; hub and clients go by Redis’ clock, names such as "14:05" by the one here'
  return warning('redis-clock', text, remedy)
}
