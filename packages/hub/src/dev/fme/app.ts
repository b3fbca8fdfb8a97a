/**
 * One of the app processes of `vwo-hub dev`: it uses `@vwo-hub/client/fme` exactly as an app does.
 *
 * It answers the questions of its parent with what it decides, whenever that may have changed, and ends when
 * its parent does.
 *
 * @module
 */
import { init } from 'vwo-fme-node-sdk'
import { type AppReport, askSchema } from '../app-report.ts'
import { type Question, users } from '../question.ts'

const { REDIS_URL = 'redis://127.0.0.1:6379', VWO_ENVIRONMENT = 'default', HUB_PREFIX = 'vwo' } = process.env

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
  environment: VWO_ENVIRONMENT,
  prefix: HUB_PREFIX,
  redis: REDIS_URL,
  sdk: { init },
  options: { network: { client: { GET: async () => answer, POST: async () => answer } } },
})

let questions: readonly Question[] = []

async function decide({ campaign, variable }: Question, user: string): Promise<string> {
  const flag = await vwo.getFlag(campaign, { id: user })
  if (!flag.isEnabled()) return 'off'
  return variable === undefined ? 'on' : `on, ${JSON.stringify(flag.getVariable(variable))}`
}

async function report(lagMs?: number): Promise<void> {
  const { state, revision } = vwo.status
  const decisions = await Promise.all(
    questions.map(
      async (question) =>
        [question.campaign, await Promise.all(users.map((user) => decide(question, user)))] as const,
    ),
  )
  const message: AppReport = {
    state,
    ...(revision > 0 && { revision }),
    ...(lagMs !== undefined && { lagMs }),
    decisions: Object.fromEntries(decisions),
  }
  process.send?.(message)
}

vwo.on('update', ({ lagMs }) => {
  void report(lagMs ?? undefined)
})
vwo.on('stale', () => {
  void report()
})

process.on('message', (message) => {
  const asked = askSchema.safeParse(message)
  if (!asked.success) return
  questions = asked.data.ask
  void report()
})

// Ctrl-C in a terminal reaches this process too; its parent decides when it ends.
process.on('SIGINT', () => {})
process.once('disconnect', () => {
  void vwo.close().finally(() => process.exit())
})

await vwo.ready({ timeoutMs: 2000 })
await report()
