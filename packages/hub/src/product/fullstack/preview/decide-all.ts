import { normaliseSettings, type SettingsFile } from '@vwo-hub/protocol/fullstack'
import { readJudged } from '../../judge/read-judged.ts'
import { type DecideQuestion, type Job, pickAll, type Picks } from '../../preview/pick.ts'
import type { User } from '../../users.ts'
import { isOn } from '../dry-run/decisions.ts'
import type { VwoInstance, VwoSdk } from '../dry-run/sdk.ts'
import { launchAlone } from '../dry-run/trial.ts'

/** Decides with a freshly launched SDK, as an app without a user storage does. */
export async function decideAll(sdk: VwoSdk, { text, ...question }: DecideQuestion): Promise<Picks[]> {
  const vwo = launchAlone(sdk, readJudged<SettingsFile>({ normalise: normaliseSettings }, text))
  return await pickAll(question, (job, user) => decide(vwo, job, user))
}

/** Calls that store and send nothing; the same decision as that of `activate`. */
function decide(
  vwo: VwoInstance,
  { key, type }: Job,
  { id, customVariables, variationTargetingVariables }: User,
): string | undefined {
  const options = { customVariables, variationTargetingVariables }
  if (type !== 'FEATURE_ROLLOUT') {
    const name = vwo.getVariationName(key, id, options)
    return typeof name === 'string' ? name : undefined
  }
  const answer = vwo.isFeatureEnabled(key, id, options)
  return isOn(answer) ? 'on' : undefined
}
