/** What keeps Redis from being written to, as Prometheus has it. */
export const NO_WRITES_CODES = [
  'OOM',
  'NOREPLICAS',
  'READONLY',
  'MISCONF',
  'LOADING',
  'MASTERDOWN',
  'CLUSTERDOWN',
  'MAXCLIENTS',
] as const

export type NoWritesCode = (typeof NO_WRITES_CODES)[number]

/** Why a Redis takes no writes, by the first word of what it says, and what to do. */
const meanings: Readonly<Record<NoWritesCode, readonly [why: string, remedy: string]>> = {
  OOM: [
    'it is full',
    'raise maxmemory, or give vwo-hub a Redis of its own; with maxmemory-policy volatile-* it makes room by itself',
  ],
  NOREPLICAS: [
    'fewer replicas are in step than it demands',
    'repair its replicas (INFO replication), or lower min-replicas-to-write',
  ],
  READONLY: [
    'it is a replica',
    'connect to its master, or through REDIS_SENTINELS and REDIS_SENTINEL_MASTER',
  ],
  MISCONF: [
    'its last snapshot failed, and it is told to stop then',
    'make room on its disk, see its log, or set stop-writes-on-bgsave-error to no',
  ],
  LOADING: ['it loads its data', 'wait until it has'],
  MASTERDOWN: ['its link to its master is down', 'repair the master, or connect to it'],
  CLUSTERDOWN: ['its cluster does not serve all slots', 'repair the cluster (CLUSTER NODES)'],
  MAXCLIENTS: [
    'it has as many connections as it allows',
    'raise maxclients, or see whose they are (CLIENT LIST); each hub and each app process has at least one',
  ],
}

/** Redis 6 begins with it where a script was refused. */
const OF_SCRIPT = /^ERR Error running script .*?: -/
/** What Redis has said has no word of its own for that one. */
const TOO_MANY = /^ERR max number of clients/i

/** @param reason - What Redis has said. Undefined where that is about something else. */
export function noWritesCodeOf(reason: string): NoWritesCode | undefined {
  if (TOO_MANY.test(reason)) return 'MAXCLIENTS'
  const [word = ''] = reason.replace(OF_SCRIPT, '').split(' ')
  return NO_WRITES_CODES.find((code) => code === word)
}

/** @param reason - What Redis has said. Undefined where that is about something else. */
export function noWritesInWords(
  reason: string,
): { readonly text: string; readonly remedy: string } | undefined {
  const code = noWritesCodeOf(reason)
  if (code === undefined) return undefined
  const [why, remedy] = meanings[code]
  const what = code === 'MAXCLIENTS' ? 'no more connections' : 'no writes'
  return { text: `Redis takes ${what}, because ${why} (${reason})`, remedy }
}

/** The same as a sentence without its full stop, whatever the reason. */
export function noWrites(reason: string): string {
  return noWritesInWords(reason)?.text ?? `Redis takes no writes: ${reason}`
}
