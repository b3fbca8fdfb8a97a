import { isOn } from '../dry-run/decisions.ts'
import { LOG_LEVEL_ERROR, type VwoInstance, type VwoSdk } from '../dry-run/sdk.ts'
import { readSettings } from '../read-settings.ts'
import type { SettingsText } from '../../settings-text.ts'
import { type Population, usersOf } from './populations.ts'
import type { User } from '../../users.ts'

/** One campaign to decide for. */
export interface Job {
  readonly key: string
  readonly type: string
  /** Of the users, those who are decided for. */
  readonly population: Population
}

/** What every user gets of one campaign. */
export interface Picks {
  /** What there is to get; for a feature rollout alone `on`. */
  readonly names: readonly string[]
  /** One for each user: 0 for nothing, else one more than the index of the name. */
  readonly picks: Uint16Array
}

/** What a side of the preview is asked. */
export interface DecideQuestion {
  readonly text: SettingsText
  readonly jobs: readonly Job[]
  readonly users: readonly User[]
  /** One element: how many decisions have been made. */
  readonly progress: Int32Array
  /** No further job is done after it, Unix milliseconds. @default never */
  readonly endAt?: number
}

/** After so many decisions the progress moves. */
const STEP = 250

/**
 * Decides with a freshly launched SDK, as an app without a user storage does. One launch for one copy of the SDK: it
 * keeps part of the settings in its modules.
 *
 * @returns What the first jobs came to, as many as there was time for.
 */
export function decideAll(sdk: VwoSdk, question: DecideQuestion): Picks[] {
  const { text, jobs, users: all, progress, endAt = Number.POSITIVE_INFINITY } = question
  const vwo = sdk.launch({
    settingsFile: readSettings(text),
    isDevelopmentMode: true,
    logging: { level: LOG_LEVEL_ERROR, logger: { log() {} } },
  })
  const done: Picks[] = []
  for (const job of jobs) {
    const users = usersOf(job.population, all)
    const names = new Map<string, number>()
    const picks = new Uint16Array(users.length)
    for (const [index, user] of users.entries()) {
      const name = decide(vwo, job, user)
      if (name !== undefined) {
        const pick = names.get(name) ?? names.size + 1
        names.set(name, pick)
        picks[index] = pick
      }
      if (index % STEP === STEP - 1) Atomics.add(progress, 0, STEP)
      // Each time: one in a large group takes long.
      if (Date.now() > endAt) return done
    }
    Atomics.add(progress, 0, users.length % STEP)
    done.push({ names: [...names.keys()], picks })
  }
  return done
}

/** Calls that store and send nothing; the same decision as that of `activate`. */
function decide(vwo: VwoInstance, { key, type }: Job, user: User): string | undefined {
  const { id, customVariables, variationTargetingVariables } = user
  const options = {
    ...(customVariables && { customVariables }),
    ...(variationTargetingVariables && { variationTargetingVariables }),
  }
  if (type !== 'FEATURE_ROLLOUT') {
    const name = vwo.getVariationName(key, id, options)
    return typeof name === 'string' ? name : undefined
  }
  const answer = vwo.isFeatureEnabled(key, id, options)
  return isOn(answer) ? 'on' : undefined
}
