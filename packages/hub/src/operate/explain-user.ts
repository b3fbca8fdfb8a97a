import type { Environment } from '../environment/environment.ts'
import type { Explanation, ExplainQuestion } from '../product/explanation.ts'
import type { Judging } from '../product/product.ts'
import { readRevision } from './read-revision.ts'

/** What one user gets of a unit with the newest revision, and why. */
export type ExplainUser = (
  question: Pick<ExplainQuestion, 'unit' | 'userId' | 'customVariables'>,
) => Promise<Explanation & { readonly revision: number }>

/**
 * One question after the other, however many ask: each takes a thread with an SDK of its own.
 *
 * @throws HubError `not-found`, `timeout`; `not-possible` where its thread fails, or the product cannot.
 */
export function createExplainUser(environment: Environment, judging: Pick<Judging, 'explain'>): ExplainUser {
  let queue: Promise<unknown> = Promise.resolve()
  return (question) => {
    const answer = queue.then(async () => {
      const { revision, text } = await readRevision(environment, 'latest')
      return { revision, ...(await judging.explain({ environment: environment.name, text, ...question })) }
    })
    queue = answer.catch(() => {})
    return answer
  }
}
