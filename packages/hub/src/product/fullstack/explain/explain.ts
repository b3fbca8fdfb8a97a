import type { SettingsFile } from '@vwo-hub/protocol/fullstack'
import type { Decided, Decision, ExplainQuestion } from './decide-one.ts'
import { type Step, stepsOf } from './steps.ts'
import { askSdk, workerBeside } from '../../sdk-thread.ts'

/** Why a user gets what the SDK gives. */
export interface Explanation {
  /** What the SDK answers. */
  readonly decision: Decision
  /** Whether the user is in the campaign. */
  readonly isIn: boolean
  /** How it came to that, in the order of its decision. */
  readonly steps: readonly Step[]
  /** Whether the steps lead to the answer. It counts, should they not. */
  readonly isConsistent: boolean
}

export interface ExplainOptions extends ExplainQuestion {
  /** Named in messages. */
  readonly environment: string
  /** Limit in milliseconds. @default 10000 */
  readonly timeoutMs?: number
}

/**
 * Has the real SDK decide, and says step by step why: from what it notes on its way, which it would log in part.
 *
 * @throws {@link HubError} `timeout`; `not-possible` when the thread fails.
 */
export async function explain(options: ExplainOptions): Promise<Explanation> {
  const { environment, timeoutMs = 10_000, ...question } = options
  const decided = await askSdk<ExplainQuestion, Decided>({
    worker: workerBeside(import.meta.url, 'explain-worker'),
    question,
    what: `explain a decision of "${environment}"`,
    timeoutMs,
  })
  return explanationOf(question, decided)
}

/** Puts a decision into words. */
export function explanationOf(
  { text, campaignKey }: Pick<ExplainQuestion, 'text' | 'campaignKey'>,
  decided: Decided,
): Explanation {
  const { campaigns } = JSON.parse(text) as SettingsFile
  const campaign = campaigns.find(({ key }) => key === campaignKey)
  const { steps, outcome } = stepsOf(
    campaignKey,
    campaign,
    decided,
    campaigns.map(({ key }) => key),
  )
  const { decision } = decided
  const answer = decision.variation === undefined ? onOrNothing(decision) : (decision.variation ?? undefined)
  return { decision, isIn: answer !== undefined, steps, isConsistent: answer === outcome }
}

function onOrNothing({ isFeatureEnabled }: Decision): string | undefined {
  return isFeatureEnabled === true ? 'on' : undefined
}
