import type { Environment } from '../environment/environment.ts'
import type { Explanation, ExplainQuestion } from '../product/explanation.ts'
import type { Judging } from '../product/product.ts'
import { resolveRevision } from './revision-name.ts'

/** What one user gets of a unit with the newest revision, and why. */
export type ExplainUser = (
  question: Pick<ExplainQuestion, 'unit' | 'userId' | 'customVariables'>,
) => Promise<Explanation & { readonly revision: number }>

/**
 * One question after the other, however many ask: each takes a thread with an SDK of its own.
 *
 * @throws HubError `not-found`, `timeout`; `not-possible` where its thread fails, or the product cannot.
 */
export function createExplainUser(
  { name: environment, read }: Pick<Environment, 'name' | 'read'>,
  judging: Pick<Judging, 'explain'>,
): ExplainUser {
  let queue: Promise<unknown> = Promise.resolve()
  return (question) => {
    const answer = queue.then(async () => {
      const newest = resolveRevision('latest', await read.revisions(), { environment })
      const { revision, text } = await read.revision(newest)
      return { revision, ...(await judging.explain({ environment, text, ...question })) }
    })
    queue = answer.catch(() => {})
    return answer
  }
}
