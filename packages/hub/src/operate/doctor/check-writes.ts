import type { Environment } from '../../environment/environment.ts'
import { noWritesInWords } from '../no-writes.ts'
import { type Finding, failure, ok } from './finding.ts'

/** Whether Redis takes writes now: without that no webhook is accepted, though all else can be read. */
export async function checkWrites(environment: Environment): Promise<Finding> {
  const reason = await environment.whyNoWrites()
  if (reason === undefined) return ok('redis-writes', 'taken')
  const { text = reason, remedy = 'see its log' } = noWritesInWords(reason) ?? {}
  return failure('redis-writes', `${text}: every webhook gets 503, apps keep deciding`, remedy)
}
