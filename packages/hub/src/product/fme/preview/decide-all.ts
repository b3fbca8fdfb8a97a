import { normaliseSettings, type SettingsFile } from '@vwo-hub/protocol/fme'
import { HubError } from '../../../errors.ts'
import { readJudged } from '../../judge/read-judged.ts'
import { type DecideQuestion, pickAll, type Picks } from '../../preview/pick.ts'
import { contextOf } from '../dry-run/contexts.ts'
import type { StartClient } from '../dry-run/start-client.ts'
import { createOutcomes, valuesOf } from '../outcome.ts'
import { picked } from './picked.ts'

/**
 * Decides with a client of the SDK, as an app without a storage does. Who gets other values of variables gets something else,
 * also by the same rule.
 */
export async function decideAll(start: StartClient, { text, ...question }: DecideQuestion): Promise<Picks[]> {
  const file = readJudged<SettingsFile>({ normalise: normaliseSettings }, text)
  const started = await start(file)
  if (!started.ok) throw new HubError('not-possible', `Cannot decide with these settings: ${started.why}.`)
  const outcomeOf = createOutcomes(file)
  return await pickAll(question, async ({ key }, user) => {
    const decided = await started.trial.decide(key, contextOf(user))
    // A decision that throws is "off".
    const outcome = decided.ok ? outcomeOf(key, decided) : undefined
    return outcome !== undefined && decided.ok ? picked(outcome, valuesOf(decided)) : undefined
  })
}
