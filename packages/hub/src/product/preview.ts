import type { SettingsText } from './settings-text.ts'
import type { User } from './users.ts'

export interface PreviewOptions {
  /** Settings-files that have been judged. */
  readonly previous: SettingsText
  readonly next: SettingsText
  /** Named in messages. */
  readonly environment: string
  /** @default 10,000 synthetic ones */
  readonly users?: readonly User[]
  /** Limit for everything, in milliseconds; what is known by then is told. @default 30000 */
  readonly timeoutMs?: number
  /** Ends it: nobody waits for it any more. */
  readonly signal?: AbortSignal
  /** Told now and then how much of it is done, from 0 to 1. */
  readonly onProgress?: (done: number) => void
}

/** Who gets something else, as the real SDK decides. */
export interface Preview {
  /** How many users were decided for. */
  readonly users: number
  /** What may decide otherwise; what moves most users comes first. */
  readonly units: readonly UnitPreview[]
  /** How many more may decide otherwise, for which there was no time. */
  readonly undecided?: number
}

/** What happens to the users of one unit. */
export interface UnitPreview extends Moves {
  /** Its key. */
  readonly unit: string
  readonly kind: 'added' | 'changed' | 'removed'
  /** Whether it has a segment, and users without variables of their own were given such as fit it. */
  readonly isFitted: boolean
}

/** How many users move. */
export interface Moves {
  /** Not in it before, and in it after. */
  readonly enter: number
  readonly leave: number
  /** In it before and after, with something else. */
  readonly change: number
  /** Those above by what they got and get, the largest first. */
  readonly flows: readonly Flow[]
}

/** Users who got one thing and get another. */
export interface Flow {
  /** By name; absent for users who are not in it. */
  readonly from?: string
  readonly to?: string
  readonly users: number
}

/** How many users get something else than before. */
export function movingOf({ enter, leave, change }: Moves): number {
  return enter + leave + change
}
