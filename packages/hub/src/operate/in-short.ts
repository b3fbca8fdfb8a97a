import type { Environment } from '../environment/environment.ts'
import { countStates, type NodeState, type Propagation } from '../environment/read-nodes.ts'
import type { EnvironmentStatus } from '../environment/read-status.ts'
import { type Condition, conditionsOf } from './condition.ts'

/** What Redis has of an environment, and what it says to who writes, where it takes nothing. */
export async function readWhole({ read, whyNoWrites }: Pick<Environment, 'read' | 'whyNoWrites'>): Promise<{
  readonly status: EnvironmentStatus
  readonly propagation: Propagation
}> {
  const [status, propagation, takesNoWrites] = await Promise.all([read.status(), read.nodes(), whyNoWrites()])
  return { status: { ...status, ...(takesNoWrites !== undefined && { takesNoWrites }) }, propagation }
}

/** What a program wants to know of an environment first. */
export interface InShort {
  readonly verdict: Condition
  /** All that is to be said, the worst first. */
  readonly conditions: readonly [Condition, ...Condition[]]
  /** How many there are of each state. */
  readonly nodes: Readonly<Record<NodeState | 'total', number>>
}

export function inShort(status: EnvironmentStatus, propagation: Propagation): InShort {
  const { environment: name, current, now } = status
  const conditions = conditionsOf({ name, current, status, propagation, now, unreachable: undefined })
  const nodes = { total: propagation.total, ...countStates(propagation) }
  return { verdict: conditions[0], conditions, nodes }
}
