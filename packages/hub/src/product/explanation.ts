import type { SettingsText } from './settings-text.ts'
import type { Given } from './users.ts'

/** One decision to be explained. */
export interface ExplainQuestion extends Given {
  /** A settings-file that has been judged. */
  readonly text: SettingsText
  /** The key of what decides. */
  readonly unit: string
  readonly userId: string
}

export interface ExplainOptions extends ExplainQuestion {
  /** Named in messages. */
  readonly environment: string
  /** Limit in milliseconds. @default 10000 */
  readonly timeoutMs?: number
}

/** Why a user gets what the SDK gives. */
export interface Explanation {
  /** What the SDK answers; what is in it depends on the product. */
  readonly decision: Decision
  /** The same in words, without the variables: `Variation-1`, `the feature is on`. */
  readonly answer: string
  /** Whether the user is in it. */
  readonly isIn: boolean
  /** How it came to that, in the order of its decision. */
  readonly steps: readonly Step[]
  /** Whether the steps lead to the answer. It counts, should they not. */
  readonly isConsistent: boolean
}

export interface Decision {
  /** By key; only for those who are in something that has variables. */
  readonly variables?: Readonly<Record<string, unknown>>
}

/** One step on the way to a decision. */
export interface Step {
  /** What is decided by it. */
  readonly step: string
  /** Whether the user goes on to the next one; false at the end of the way. */
  readonly isPassed: boolean
  /** A sentence. */
  readonly text: string
  readonly details: readonly string[]
}
