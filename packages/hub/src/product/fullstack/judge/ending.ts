import { plainText } from '../../../text/plain-text.ts'
import type { Ending } from '../../product.ts'
import type { Judged } from './kept.ts'

/** At most this many are named. */
const NAMED = 5
const MAX_NAME_LENGTH = 60

type Running = Pick<Judged, 'file' | 'warnings'>

/**
 * Counts the running campaigns that would end, or that would decide for nobody any more. A campaign is known by its key,
 * as by the apps; of two with the same one the first counts.
 *
 * @param previous - What is published; undefined when nothing is, and then nothing can end.
 */
export function endingOf(previous: Running | undefined, next: Running): Ending {
  const before = previous === undefined ? new Set<string>() : runningKeys(previous)
  const after = runningKeys(next)
  const ending = [...before].filter((key) => !after.has(key))
  return {
    count: ending.length,
    running: before.size,
    named: ending.slice(0, NAMED).map((key) => plainText(key, MAX_NAME_LENGTH)),
  }
}

/** @see vwo-node-sdk 1.73.0 `lib/api/activate.js`: any other status decides nothing. */
function runningKeys({ file: { campaigns }, warnings }: Running): Set<string> {
  const mute = new Set(
    warnings.flatMap(({ unit, isMute }) => (isMute === true && unit !== undefined ? [unit] : [])),
  )
  const keys = new Set<string>()
  const running = new Set<string>()
  for (const { key, status } of campaigns) {
    if (keys.has(key)) continue
    keys.add(key)
    if (status === 'RUNNING' && !mute.has(key)) running.add(key)
  }
  return running
}
