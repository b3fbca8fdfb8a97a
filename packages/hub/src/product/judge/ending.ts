import { plainText } from '../../text/plain-text.ts'
import type { Ending, Warning } from '../product.ts'
import { firstOfEachKey } from '../summary/match.ts'

/** At most this many are named: whoever decides about it is to see the whole list, and VWO may send any number. */
const NAMED = 50
const MAX_NAME_LENGTH = 60

/** What runs of a settings-file, by its own word, and what is wrong with it. */
export interface Running {
  readonly running: ReadonlySet<string>
  readonly warnings: readonly Warning[]
}

/**
 * Counts the running units that would end, or that would decide for nobody any more. A unit is known by its key, as by the
 * apps.
 *
 * @param previous - What is published; undefined when nothing is, and then nothing can end.
 */
export function endingOf(previous: Running | undefined, next: Running): Ending {
  const before = previous === undefined ? new Set<string>() : deciding(previous)
  const after = deciding(next)
  const ending = [...before].filter((key) => !after.has(key))
  return {
    count: ending.length,
    running: before.size,
    named: ending.slice(0, NAMED).map((key) => plainText(key, MAX_NAME_LENGTH)),
  }
}

/** Of two units with the same key the first counts. */
export function runningKeys<Unit extends { readonly key: string }>(
  units: readonly Unit[],
  isRunning: (unit: Unit) => boolean,
): Set<string> {
  return new Set([...firstOfEachKey(units)].flatMap(([key, unit]) => (isRunning(unit) ? [key] : [])))
}

function deciding({ running, warnings }: Running): Set<string> {
  const mute = new Set(
    warnings.flatMap(({ unit, isMute }) => (isMute === true && unit !== undefined ? [unit] : [])),
  )
  return new Set([...running].filter((key) => !mute.has(key)))
}
