import type { ExplainQuestion, Explanation } from '../../explanation.ts'
import { nameOf } from '../../../text/words.ts'
import type { Decided, Decision } from './decide-one.ts'
import { stepsOf } from './steps.ts'

/** Puts a decision into words. */
export function explanationOf(
  { unit: campaignKey }: Pick<ExplainQuestion, 'unit'>,
  decided: Decided,
): Explanation {
  const { steps, outcome } = stepsOf(campaignKey, decided)
  const { decision } = decided
  const got = decision.variation === undefined ? onOrNothing(decision) : (decision.variation ?? undefined)
  return {
    decision,
    answer: answerOf(decision),
    isIn: got !== undefined,
    steps,
    isConsistent: got === outcome,
  }
}

function onOrNothing({ isFeatureEnabled }: Decision): string | undefined {
  return isFeatureEnabled === true ? 'on' : undefined
}

/** `Variation-1`, `no variation`, `the feature is on`. */
function answerOf({ variation, isFeatureEnabled }: Decision): string {
  const name = variation === null ? 'no variation' : variation && nameOf(variation)
  const feature = isFeatureEnabled === undefined ? '' : `the feature is ${isFeatureEnabled ? 'on' : 'off'}`
  return [name, feature].filter(Boolean).join(', ')
}
