import type { SettingsFile } from '@vwo-hub/protocol/fullstack'
import { plainText } from '../../../text/plain-text.ts'
import type { Ending } from '../../product.ts'

/** At most this many are named. */
const NAMED = 5
const MAX_NAME_LENGTH = 60

/**
 * Counts the running campaigns that would end. A campaign is known by its key, as by the apps.
 *
 * @param previous - What is published; undefined when nothing is, and then nothing can end.
 */
export function endingOf(previous: SettingsFile | undefined, next: SettingsFile): Ending {
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
function runningKeys({ campaigns }: SettingsFile): Set<string> {
  return new Set(campaigns.filter(({ status }) => status === 'RUNNING').map(({ key }) => key))
}
