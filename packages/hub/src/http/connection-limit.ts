import { readFileSync } from 'node:fs'

/** What a hub keeps open besides connections of others: Redis, VWO, the log, what Node itself needs. */
const OWN_DESCRIPTORS = 200
/** One of a few kilobytes each; beyond that another hub helps more. */
const MOST = 10_000
const LEAST = 50

/**
 * How many connections each listener takes, so that they can never use up the descriptors that the hub
 * needs to reach VWO and Redis.
 *
 * @param listeners - How many there are.
 * @param descriptors - How many the process may have open. Default: as Linux tells; elsewhere there are enough.
 */
export function connectionLimit(listeners: number, descriptors: number = descriptorLimit()): number {
  return Math.min(MOST, Math.max(LEAST, Math.floor((descriptors - OWN_DESCRIPTORS) / listeners)))
}

function descriptorLimit(): number {
  try {
    const soft = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
    return soft === undefined ? Infinity : Number(soft)
  } catch {
    return Infinity
  }
}
