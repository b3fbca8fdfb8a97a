import type { SettingsText } from '../settings-text.ts'
import type { User } from '../users.ts'

export interface PreviewOptions {
  /** Settings-files that have been judged. */
  readonly previous: SettingsText
  readonly next: SettingsText
  /** Named in messages. */
  readonly environment: string
  /** Given ones, or so many synthetic ones; of FME a fifth of them is enough. @default 10000 */
  readonly users?: readonly User[] | number
  /** Limit for everything, in milliseconds; what is known by then is told. @default 30000 */
  readonly timeoutMs?: number
  /** Ends it: nobody waits for it any more. */
  readonly signal?: AbortSignal
  /** Told now and then how much of it is done, from 0 to 1. */
  readonly onProgress?: (done: number) => void
}

/** Who gets something else, as the real SDK decides. */
export interface Preview {
  /** What its units are: `campaign`, `feature`. */
  readonly noun: string
  /** How many users were decided for. */
  readonly users: number
  /** What may decide otherwise; what moves most users comes first. */
  readonly units: readonly UnitPreview[]
  /** How many more may decide otherwise, for which there was no time. */
  readonly undecided?: number
}

/** What happens to the users of one unit. */
export interface UnitPreview {
  /** Its key. */
  readonly unit: string
  readonly kind: 'added' | 'changed' | 'removed'
  /**
   * Users of each kind, each a sample of its own: how many of an app's users are of which kind nobody knows here. Those
   * of whom most move come first.
   */
  readonly populations: readonly PopulationMoves[]
  /**
   * Kinds of users of whom not all could be made: whether they move is not known. `listed` are those of whitelists, `heldOut` those of
   * holdouts that changed: SDKs of FME decide by them since 1.39, and the hub's does not.
   */
  readonly unknown: readonly (Fits | 'listed' | 'heldOut')[]
}

/**
 * Whom the unit's segment accepts: `all` where it has none, or where its rules have some of their own (then `with` says whose
 * segments users fit); `both` before and after, `before` or `after` alone, `neither`;
 * `given` are users who were given with variables of their own.
 */
export type Fits = 'all' | 'both' | 'before' | 'after' | 'neither' | 'given'

/** Users of one kind. */
export interface PopulationMoves extends Moves {
  readonly fits: Fits
  /** What else tells them from others of whom the same is true, in words: `listed for "Control"`. */
  readonly with?: string
  /** How many were decided for. */
  readonly users: number
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

/** The largest share of users of one kind who get something else, from 0 to 1. */
export function movingShareOf({ populations }: Pick<UnitPreview, 'populations'>): number {
  return Math.max(0, ...populations.map((each) => movingOf(each) / Math.max(1, each.users)))
}
