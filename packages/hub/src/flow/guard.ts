import type { SettingsFile } from '@vwo-hub/protocol/fullstack'
import { plainText } from '../text/plain-text.ts'

/** Fewer running campaigns than this may always end together. */
const FEWEST = 5
/** At most this many are named. */
const NAMED = 5
const maxNameLength = 60

/** Whether valid settings-files are looked at before they are published, and how long a suspicious one waits. */
export interface GuardConfig {
  readonly isOn: boolean
  /** After this many milliseconds what is held back is released by itself. */
  readonly releaseAfterMs: number
}

export const DEFAULT_GUARD: GuardConfig = { isOn: true, releaseAfterMs: 300_000 }

/** Why a valid settings-file is not published at once. */
export interface Suspicion {
  /** Running campaigns that would not run any more. */
  readonly ending: number
  /** Campaigns that run now. */
  readonly running: number
  /** In words, one line: `7 of 9 running campaigns would end: checkout-test, …`. */
  readonly held: string
}

/**
 * Finds what looks like an accident at VWO: more than half of the running campaigns would end at once, and at least
 * five. A campaign is known by its key, as by the apps.
 *
 * @param previous - What is published; undefined when nothing is, and then nothing can end.
 * @returns undefined when there is nothing against publishing it.
 */
export function findSuspicion(previous: SettingsFile | undefined, next: SettingsFile): Suspicion | undefined {
  if (previous === undefined) return undefined
  const before = runningKeys(previous)
  const after = runningKeys(next)
  const ending = [...before].filter((key) => !after.has(key))
  if (ending.length < FEWEST || ending.length <= before.size / 2) return undefined
  const names = ending.slice(0, NAMED).map((key) => plainText(key, maxNameLength))
  const more = ending.length > NAMED ? `, and ${ending.length - NAMED} more` : ''
  return {
    ending: ending.length,
    running: before.size,
    held: `${ending.length} of ${before.size} running campaigns would end: ${names.join(', ')}${more}`,
  }
}

/** @see vwo-node-sdk 1.73.0 `lib/api/activate.js`: any other status decides nothing. */
function runningKeys({ campaigns }: SettingsFile): Set<string> {
  return new Set(campaigns.filter(({ status }) => status === 'RUNNING').map(({ key }) => key))
}
