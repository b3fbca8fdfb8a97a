import { countStates, type NodeState, type Propagation } from '../environment/read-nodes.ts'
import type { EnvironmentStatus } from '../environment/read-status.ts'
import { type Condition, conditionsOf } from './condition.ts'

/** What a program wants to know of an environment first. */
export interface InShort {
  readonly verdict: Condition
  /** All that is to be said, the worst first. */
  readonly conditions: readonly Condition[]
  /** How many there are of each state. */
  readonly nodes: Readonly<Record<NodeState | 'total', number>>
}

export function inShort(status: EnvironmentStatus, propagation: Propagation): InShort {
  const { environment: name, current, now } = status
  const conditions = conditionsOf({ name, current, status, propagation, now, unreachable: undefined })
  const nodes = { total: propagation.total, ...countStates(propagation) }
  return { verdict: conditions[0], conditions, nodes }
}
