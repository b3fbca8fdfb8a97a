/**
 * Judges a history afterwards: what happened must be something that the invariants allow.
 *
 * @module
 */
import { checkDelivery, type DeliveryCounts } from './check/delivery.ts'
import { checkNodes, type NodeCounts } from './check/nodes.ts'
import { checkProcesses } from './check/processes.ts'
import { checkStore } from './check/store.ts'
import type { Violation } from './check/violation.ts'
import { faultsIn } from './check/windows.ts'
import type { ChaosEvent, FaultKind } from './event.ts'

export interface Verdict {
  /** In the order in which they happened. */
  readonly violations: readonly Violation[]
  readonly counts: DeliveryCounts &
    NodeCounts & {
      readonly publications: number
      readonly faults: ReadonlyMap<FaultKind, number>
    }
}

/** @param boundMs - Within this time without a fault everything has to be well, in milliseconds. */
export function check(history: readonly ChaosEvent[], boundMs: number): Verdict {
  const ordered = [...history].sort((one, other) => one.at - other.at)
  const nodes = checkNodes(ordered)
  const store = checkStore(ordered)
  const delivery = checkDelivery(ordered, boundMs)
  const faults = new Map<FaultKind, number>()
  for (const { fault } of faultsIn(ordered)) faults.set(fault, (faults.get(fault) ?? 0) + 1)
  return {
    violations: [
      ...nodes.violations,
      ...store.violations,
      ...delivery.violations,
      ...checkProcesses(ordered),
    ].sort((one, other) => one.at - other.at),
    counts: { ...delivery.counts, ...nodes.counts, ...store.counts, faults },
  }
}
