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
import type { ProductName } from '@vwo-hub/protocol'
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

/**
 * Of each product for itself: its environments know nothing of each other.
 *
 * @param boundMs - Within this time without a fault everything has to be well, in milliseconds.
 */
export function check(history: readonly ChaosEvent[], boundMs: number): Verdict {
  const ordered = [...history].sort((one, other) => one.at - other.at)
  const products = [...new Set(ordered.flatMap(({ product }) => product ?? []))]
  const [first = checkOne(ordered, boundMs), ...rest] = products.map((product) =>
    checkOne(ofProduct(ordered, product), boundMs, products.length > 1 ? `${product}: ` : ''),
  )
  const faults = new Map<FaultKind, number>()
  for (const { fault } of faultsIn(ordered)) faults.set(fault, (faults.get(fault) ?? 0) + 1)
  return {
    violations: [
      ...[first, ...rest].flatMap(({ violations }) => violations),
      ...checkProcesses(ordered),
      ...checkLooks(ordered),
    ].sort((one, other) => one.at - other.at),
    counts: { ...rest.map(({ counts }) => counts).reduce(added, first.counts), faults },
  }
}

const ofProduct = (history: readonly ChaosEvent[], product: ProductName): ChaosEvent[] =>
  history.filter((event) => event.product === undefined || event.product === product)

type Counts = Omit<Verdict['counts'], 'faults'>

function checkOne(
  history: readonly ChaosEvent[],
  boundMs: number,
  of = '',
): { readonly violations: Violation[]; readonly counts: Counts } {
  const losses = lossesIn(history)
  const order = checkOrder(history, losses)
  const nodes = checkNodes(history, order.outdated)
  const store = checkStore(history, losses)
  const delivery = checkDelivery(history, boundMs)
  const violations = [nodes, order, store, delivery].flatMap((each) => each.violations)
  return {
    violations: violations.map(({ what, ...rest }) => ({ ...rest, what: `${of}${what}` })),
    counts: {
      ...delivery.counts,
      ...nodes.counts,
      ...store.counts,
      excused: shareOf(losses, runOf(history)),
      outdated: order.outdated.size,
    },
  }
}

function added(one: Counts, other: Counts): Counts {
  const sum = (name: Exclude<keyof Counts, 'convergenceMs' | 'propagationMs'>): number =>
    one[name] + other[name]
  return {
    changes: sum('changes'),
    accepted: sum('accepted'),
    lost: sum('lost'),
    convergenceMs: [...one.convergenceMs, ...other.convergenceMs],
    propagationMs: [...one.propagationMs, ...other.propagationMs],
    swaps: sum('swaps'),
    outOfOrderSwaps: sum('outOfOrderSwaps'),
    decisions: sum('decisions'),
    wrongDecisions: sum('wrongDecisions'),
    publications: sum('publications'),
    excused: Math.max(one.excused, other.excused),
    outdated: sum('outdated'),
  }
}
