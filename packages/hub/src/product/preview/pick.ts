import type { SettingsText } from '../settings-text.ts'
import type { User } from '../users.ts'
import { type Population, usersOf } from './populations.ts'

/** One unit to decide for. */
export interface Job {
  readonly key: string
  readonly type: string
  /** Of the users, those who are decided for. */
  readonly population: Population
}

/** What every user gets of one unit. */
export interface Picks {
  /** What there is to get; for a feature rollout of FullStack alone `on`. */
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
 * @param decide - What a user gets, by name; undefined for nothing.
 * @returns What the first jobs came to, as many as there was time for.
 */
export async function pickAll(
  { jobs, users: all, progress, endAt = Number.POSITIVE_INFINITY }: Omit<DecideQuestion, 'text'>,
  decide: (job: Job, user: User) => string | undefined | Promise<string | undefined>,
): Promise<Picks[]> {
  const done: Picks[] = []
  for (const job of jobs) {
    const users = usersOf(job.population, all)
    const names = new Map<string, number>()
    const picks = new Uint16Array(users.length)
    for (const [index, user] of users.entries()) {
      const name = await decide(job, user)
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
