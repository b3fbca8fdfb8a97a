import { nearestOf } from '@vwo-hub/protocol'
import type { Log } from '../../log/log.ts'
import { onceAMinute } from '../../log/once-a-minute.ts'
import { plainText } from '../../text/plain-text.ts'

/** Longer names are cut, in the log and before they are compared. */
const MAX_LENGTH = 80
/** So much of a name has to be shared for one to be the beginning of the other. */
const LEAST_SHARED = 3

/**
 * Tells of webhooks that were meant for this hub, and missed it by a letter: who posts sees only a status. Others choose what
 * they post to, so it is a line a minute at most, and only where the name or path is nearly one that there is.
 */
export function createNearMisses(names: Iterable<string>, log: Log) {
  const known = [...names]
  /** What was given last, by what it is nearly. */
  const given = new Map<string, string>()
  const tellName = onceAMinute((environment, count) =>
    log.warn(
      { environment, got: given.get(environment), count },
      'webhooks refused: there is no such environment, but one of nearly the same name; correct the URL at VWO',
    ),
  )
  const tellPath = onceAMinute((expected, count) =>
    log.warn(
      { expected, got: given.get(expected), count },
      'webhooks not found: nothing is at that path; correct the URL at VWO',
    ),
  )

  return {
    /** A webhook for a name that is none of ours. */
    name(text: string): void {
      const cut = text.slice(0, MAX_LENGTH)
      const nearest = known.find((name) => isNearly(cut, name))
      if (nearest === undefined) return
      given.set(nearest, plainText(text, MAX_LENGTH))
      tellName(nearest)
    },
    /** A request for a path that is none of ours. */
    path(text: string): void {
      if (!/webhook/i.test(text.slice(0, MAX_LENGTH))) return
      const expected = '/webhooks/<environment>'
      given.set(expected, plainText(text, MAX_LENGTH))
      tellPath(expected)
    },
  }
}

/** One is the beginning of the other, or few letters differ. */
function isNearly(text: string, name: string): boolean {
  const given = text.trim().toLowerCase()
  const isBeginning =
    Math.min(given.length, name.length) >= LEAST_SHARED && (given.startsWith(name) || name.startsWith(given))
  return isBeginning || nearestOf(given, [name]) !== undefined
}
