/**
 * One of the app processes of `vwo-hub dev`: it uses `@vwo-hub/client` exactly as an app does.
 *
 * It answers the questions of its parent with what it decides, whenever that may have changed, and ends when
 * its parent does.
 *
 * @module
 */
import vwoSdk from 'vwo-node-sdk'
import { type AppReport, askSchema } from '../app-report.ts'
import { type Question, users } from '../question.ts'

const { REDIS_URL = 'redis://127.0.0.1:6379', VWO_ENVIRONMENT = 'default', HUB_PREFIX = 'vwo' } = process.env

// Found at run time: a hub is installed without it.
const { createClient } = await import('@vwo-hub/client')

const vwo = createClient({
  environment: VWO_ENVIRONMENT,
  prefix: HUB_PREFIX,
  redis: REDIS_URL,
  sdk: vwoSdk,
  // Nothing is sent to the real VWO.
  launch: { isDevelopmentMode: true },
})

let questions: readonly Question[] = []

function decide({ campaign, isFeature, variable }: Question, user: string): string {
  if (!isFeature) return vwo.getVariationName(campaign, user) ?? '-'
  if (!vwo.isFeatureEnabled(campaign, user)) return 'off'
  return variable === undefined
    ? 'on'
    : `on, ${JSON.stringify(vwo.getFeatureVariableValue(campaign, variable, user))}`
}

function report(lagMs?: number): void {
  const { state, revision } = vwo.status
  const message: AppReport = {
    state,
    ...(revision > 0 && { revision }),
    ...(lagMs !== undefined && { lagMs }),
    decisions: Object.fromEntries(
      questions.map((question) => [question.campaign, users.map((user) => decide(question, user))]),
    ),
  }
  process.send?.(message)
}

vwo.on('update', ({ lagMs }) => {
  report(lagMs ?? undefined)
})
vwo.on('stale', () => {
  report()
})

process.on('message', (message) => {
  const asked = askSchema.safeParse(message)
  if (!asked.success) return
  questions = asked.data.ask
  report()
})

// Ctrl-C in a terminal reaches this process too; its parent decides when it ends.
process.on('SIGINT', () => {})
process.once('disconnect', () => {
  void vwo.close().finally(() => process.exit())
})

await vwo.ready({ timeoutMs: 2000 })
report()
