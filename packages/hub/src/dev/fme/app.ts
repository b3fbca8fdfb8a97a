/**
 * One of the app processes of `vwo-hub dev`: it uses `@vwo-hub/client/fme` exactly as an app does.
 *
 * @module
 */
import { init } from 'vwo-fme-node-sdk'
import { answerQuestions, followed } from '../answer-questions.ts'

// Found at run time: a hub is installed without it.
const { createFmeClient } = await import('@vwo-hub/client/fme')

/** Nothing is sent to the real VWO. */
const answer = {
  getStatusCode: () => 200,
  getData: () => ({}),
  getError: () => undefined,
  getTotalAttempts: () => 0,
}

const vwo = createFmeClient({
  ...followed,
  sdk: { init },
  options: { network: { client: { GET: async () => answer, POST: async () => answer } } },
})

await answerQuestions(vwo, async ({ unit, variable }, user) => {
  const flag = await vwo.getFlag(unit, { id: user })
  if (!flag.isEnabled()) return 'off'
  return variable === undefined ? 'on' : `on, ${JSON.stringify(flag.getVariable(variable))}`
})
