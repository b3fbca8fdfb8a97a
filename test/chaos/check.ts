/**
 * Judges a history afterwards: what happened must be something that the invariants allow.
 *
 * @module
 */
import { checkDelivery, type DeliveryCounts } from './check/delivery.ts'
import { checkLooks } from './check/looks.ts'
import { lossesIn, shareOf } from './check/losses.ts'
import { checkNodes, type NodeCounts } from './check/nodes.ts'
import { checkOrder } from './check/order.ts'
import { checkProcesses } from './check/processes.ts'
import { checkStore } from './check/store.ts'
import type { Violation } from './check/violation.ts'
import { faultsIn, runOf } from './check/windows.ts'
import type { ChaosEvent, FaultKind } from './event.ts'

export interface Verdict {
  /** In the order in which they happened. */
  readonly violations: readonly Violation[]
  readonly counts: DeliveryCounts &
    NodeCounts & {
      readonly publications: number
      readonly faults: ReadonlyMap<FaultKind, number>
      /** In which share of the time a server may have lost something, so that not everything is judged; 0 to 1. */
      readonly excused: number
      /** Revisions with an older settings-file than an earlier one: Redis had lost that, or another master had it. */
      readonly outdated: number
    }
}

/** @param boundMs - Within this time without a fault everything has to be well, in milliseconds. */
export function check(history: readonly ChaosEvent[], boundMs: number): Verdict {
  const ordered = [...history].sort((one, other) => one.at - other.at)
  const losses = lossesIn(ordered)
  const order = checkOrder(ordered, losses)
  const nodes = checkNodes(ordered, order.outdated)
  const store = checkStore(ordered, losses)
  const delivery = checkDelivery(ordered, boundMs)
  const faults = new Map<FaultKind, number>()
  for (const { fault } of faultsIn(ordered)) faults.set(fault, (faults.get(fault) ?? 0) + 1)
  return {
    violations: [
      ...nodes.violations,
      ...order.violations,
      ...store.violations,
      ...delivery.violations,
      ...checkProcesses(ordered),
      ...checkLooks(ordered),
    ].sort((one, other) => one.at - other.at),
    counts: {
      ...delivery.counts,
      ...nodes.counts,
      ...store.counts,
      faults,
      excused: shareOf(losses, runOf(ordered)),
      outdated: order.outdated.size,
    },
  }
}
