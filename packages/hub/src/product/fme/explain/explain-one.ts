import { normaliseSettings, type SettingsFile } from '@vwo-hub/protocol/fme'
import { HubError } from '../../../errors.ts'
import type { Decision as AnyDecision, ExplainQuestion, Explanation } from '../../explanation.ts'
import { contextOf } from '../dry-run/contexts.ts'
import type { StartClient } from '../dry-run/start-client.ts'
import { createOutcomes } from '../outcome.ts'
import { readJudged } from '../../judge/read-judged.ts'
import { createAccepts } from '../segments.ts'
import { stepsOf } from './steps.ts'

/** What the SDK answers. */
export interface Decision extends AnyDecision {
  readonly isEnabled: boolean
  /** By which rule, and of a test with which variation. */
  readonly by?: string
}

/** Decides once, as an app without a storage does, and says step by step why. */
export async function explainOne(
  start: StartClient,
  { text, unit, userId, customVariables, variationTargetingVariables, context }: ExplainQuestion,
): Promise<Explanation> {
  const file = readJudged<SettingsFile>({ normalise: normaliseSettings }, text)
  const started = await start(file)
  if (!started.ok) throw new HubError('not-possible', `Cannot decide with these settings: ${started.why}.`)
  const user = { id: userId, customVariables, variationTargetingVariables, context }
  const decided = await started.trial.decide(unit, contextOf(user))
  // A decision that throws is "off".
  const by = decided.ok ? createOutcomes(file)(unit, decided) : undefined
  const variables = decided.ok
    ? Object.fromEntries(decided.flag.getVariables().map(({ key, value }) => [key, value]))
    : {}
  const { steps, outcome } = await stepsOf(file, unit, user, createAccepts(start, file.features))
  const decision: Decision = { isEnabled: by !== undefined, ...(by !== undefined && { by, variables }) }
  return {
    decision,
    answer: by === undefined ? 'the feature is off' : `the feature is on, by ${by}`,
    isIn: by !== undefined,
    steps,
    isConsistent: by === outcome,
  }
}
