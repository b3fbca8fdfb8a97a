/** Why a Redis that can be read takes no writes, by the first word of what it says, and what to do. */
const meanings: Readonly<Record<string, readonly [why: string, remedy: string]>> = {
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
}

/** @param reason - What Redis has said. Undefined where that is about something else. */
export function noWritesInWords(
  reason: string,
): { readonly text: string; readonly remedy: string } | undefined {
  const [code = ''] = reason.split(' ')
  const meaning = meanings[code]
  if (meaning === undefined) return undefined
  const [why, remedy] = meaning
  return { text: `Redis takes no writes, because ${why} (${reason})`, remedy }
}
