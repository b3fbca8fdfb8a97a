/**
 * One of the app processes of `vwo-hub dev`: it uses `@vwo-hub/client` exactly as an app does.
 *
 * @module
 */
import vwoSdk from 'vwo-node-sdk'
import { answerQuestions, followed } from '../answer-questions.ts'

// Found at run time: a hub is installed without it.
const { createClient } = await import('@vwo-hub/client')

const vwo = createClient({
  ...followed,
  sdk: vwoSdk,
  // Nothing is sent to the real VWO.
  launch: { isDevelopmentMode: true },
})

await answerQuestions(vwo, async ({ unit, isFeature, variable }, user) => {
  if (!isFeature) return vwo.getVariationName(unit, user) ?? '-'
  if (!vwo.isFeatureEnabled(unit, user)) return 'off'
  return variable === undefined
    ? 'on'
    : `on, ${JSON.stringify(vwo.getFeatureVariableValue(unit, variable, user))}`
})
