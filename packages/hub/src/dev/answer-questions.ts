/**
 * What each app process of `vwo-hub dev` does, whichever SDK it decides with: it answers the questions of its parent with what it
 * decides, whenever that may have changed, and ends when its parent does.
 *
 * @module
 */
import type { Following } from '@vwo-hub/client'
import { type AppReport, askSchema } from './app-report.ts'
import { type Question, users } from './question.ts'

const { REDIS_URL = 'redis://127.0.0.1:6379', VWO_ENVIRONMENT = 'default', HUB_PREFIX = 'vwo' } = process.env

/** What the parent has it follow. */
export const followed = { environment: VWO_ENVIRONMENT, prefix: HUB_PREFIX, redis: REDIS_URL }

export async function answerQuestions(
  vwo: Following,
  decide: (question: Question, user: string) => Promise<string>,
): Promise<void> {
  let questions: readonly Question[] = []

  async function report(lagMs?: number): Promise<void> {
    const { state, revision } = vwo.status
    const decisions = await Promise.all(
      questions.map(
        async (question) =>
          [question.unit, await Promise.all(users.map((user) => decide(question, user)))] as const,
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
}
