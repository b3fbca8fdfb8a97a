/**
 * What a settings-file consists of, for people to look at. It is made of what VWO has sent, which may be hostile: every text
 * but a key is a single line without control characters, and cut.
 *
 * @module
 */

/** What is live. */
export interface Overview {
  /** In the order of the file; of two with one key the first, as for apps. */
  readonly units: readonly UnitOverview[]
  /** How many there are besides, which are not told: a file of millions is no page. */
  readonly untold: number
}

/** One unit: what decides, for whom. */
export interface UnitOverview {
  /** As apps name it, whole. */
  readonly key: string
  /** As changes name it; see `Change`. Those of long keys may be the same. */
  readonly subject: string
  /** `A/B test`, `feature`. */
  readonly kind: string
  /** Whether it decides for anybody. */
  readonly isRunning: boolean
  /** In a word: `running`, `paused`. */
  readonly status: string
  /** Of FullStack one, the campaign's own; of FME those of the feature, in order. */
  readonly rules: readonly RuleOverview[]
}

/** Who takes part, and what they get. */
export interface RuleOverview {
  /** Where a unit has several: `rolloutRule1 (rollout)`. */
  readonly name?: string
  /** The share of those for whom the segment holds, in percent; absent where the rule is paused. */
  readonly traffic?: number
  /** `all users`, `plan = "gold"`. */
  readonly segment: string
  /** The name of the group in which it excludes others. */
  readonly group?: string
  /** Variations of a test; empty where everybody gets the same. */
  readonly split: readonly Share[]
  /** What everybody gets: `colour = "grey"`. */
  readonly variables: readonly string[]
}

/** One variation of a test. */
export interface Share {
  readonly name: string
  /** In percent of those who take part. */
  readonly weight: number
  readonly variables: readonly string[]
  /** Who is forced into it: `3 users`. */
  readonly whitelisted?: string
}
