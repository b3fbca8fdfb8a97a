import { type DecideQuestion, type Job, pickAll, type Picks } from '../../preview/pick.ts'
import type { User } from '../../users.ts'
import { isOn } from '../dry-run/decisions.ts'
import { LOG_LEVEL_ERROR, type VwoInstance, type VwoSdk } from '../dry-run/sdk.ts'
import { readSettings } from '../read-settings.ts'

/**
 * Decides with a freshly launched SDK, as an app without a user storage does. One launch for one copy of the SDK: it
 * keeps part of the settings in its modules.
 */
export async function decideAll(sdk: VwoSdk, { text, ...question }: DecideQuestion): Promise<Picks[]> {
  const vwo = sdk.launch({
    settingsFile: readSettings(text),
    isDevelopmentMode: true,
    logging: { level: LOG_LEVEL_ERROR, logger: { log() {} } },
  })
  return await pickAll(question, (job, user) => decide(vwo, job, user))
}

/** Calls that store and send nothing; the same decision as that of `activate`. */
function decide(vwo: VwoInstance, { key, type }: Job, user: User): string | undefined {
  const { id, customVariables, variationTargetingVariables } = user
  const options = {
    ...(customVariables && { customVariables }),
    ...(variationTargetingVariables && { variationTargetingVariables }),
  }
  if (type !== 'FEATURE_ROLLOUT') {
    const name = vwo.getVariationName(key, id, options)
    return typeof name === 'string' ? name : undefined
  }
  const answer = vwo.isFeatureEnabled(key, id, options)
  return isOn(answer) ? 'on' : undefined
}
