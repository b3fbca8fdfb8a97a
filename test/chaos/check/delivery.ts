import type { ChaosEvent } from '../event.ts'
import type { Violation } from './violation.ts'
import { calmIn, eventsOf, faultsIn, type Window } from './windows.ts'

export interface DeliveryCounts {
  /** Those that may not be published included. */
  readonly changes: number
  readonly accepted: number
  readonly lost: number
  /** From the end of the last fault until every node decided by the newest settings-file, in milliseconds. */
  readonly convergenceMs: readonly number[]
  /** From a change while all was well until every node decided by it, in milliseconds. */
  readonly propagationMs: readonly number[]
}

/** From VWO to every node: accepted is done, and it heals. */
export function checkDelivery(
  history: readonly ChaosEvent[],
  boundMs: number,
): { readonly violations: Violation[]; readonly counts: DeliveryCounts } {
  const violations: Violation[] = []
  const calm = calmIn(history)
  const changes = eventsOf(history, 'change').filter(({ isGood }) => isGood)
  const nodes = nodesIn(history)
  const convergenceMs: number[] = []
  const propagationMs: number[] = []

  for (const [index, window] of calm.entries()) {
    const due = changes.findLast(({ at }) => at <= window.from)
    const later = changes.filter(({ at }) => at > window.from && at < window.to)
    for (const { serial, at } of [...(due === undefined ? [] : [due]), ...later]) {
      const from = Math.max(at, window.from)
      const missing = nodesWithout(serial, { from, to: window.to }, nodes)
      const tookMs = missing.at - from
      const isDue = serial === due?.serial
      if (tookMs > boundMs) {
        violations.push({
          invariant: 5,
          at: from,
          what: `${isDue ? afterWhat(history, window) : 'while all was well'}, edition ${serial} was not everywhere within ${boundMs} ms: ${missing.who}`,
        })
      } else if (missing.at <= window.to) {
        if (isDue && index > 0) convergenceMs.push(tookMs)
        if (!isDue) propagationMs.push(tookMs)
      }
    }
  }

  for (const { at, serial } of eventsOf(history, 'settled').filter(({ isWell }) => !isWell)) {
    violations.push({
      invariant: 5,
      at,
      what: `waited in vain for all to be well again, with edition ${serial}`,
    })
  }

  const lost = lostIn(history, calm, boundMs)
  return {
    violations: [...violations, ...lost],
    counts: {
      changes: eventsOf(history, 'change').length,
      accepted: eventsOf(history, 'accepted').length,
      lost: lost.length,
      convergenceMs,
      propagationMs,
    },
  }
}

/** What one client decided by, and since when; an edition of `undefined` is the start of a process. */
interface Node {
  readonly client: string
  readonly moments: readonly { readonly at: number; readonly serial: unknown }[]
}

function nodesIn(history: readonly ChaosEvent[]): Node[] {
  const nodes = new Map<string, { at: number; serial: unknown }[]>()
  for (const event of history) {
    if (event.kind === 'decision')
      nodes.get(event.client)?.push({ at: event.at, serial: event.decided.serial })
    if (event.kind !== 'client' || event.phase !== 'starts') continue
    const moments = nodes.get(event.client) ?? []
    nodes.set(event.client, moments)
    moments.push({ at: event.at, serial: undefined })
  }
  return [...nodes].map(([client, moments]) => ({ client, moments }))
}

/** @returns When the last node had it for good, infinity for never in this window, and which one that was. */
function nodesWithout(serial: number, { from, to }: Window, nodes: readonly Node[]) {
  let last = { at: from, who: '' }
  for (const { client, moments } of nodes) {
    const isWithout = (moment?: { serial: unknown }): boolean => !(Number(moment?.serial) >= serial)
    const before = moments.findLast(({ at }) => at <= from)
    const during = moments.filter(({ at }) => at > from && at <= to)
    const lastWithout = during.findLastIndex(isWithout)
    const isAtOnce = lastWithout === -1 && !isWithout(before)
    const since = isAtOnce
      ? from
      : (during[lastWithout + 1]?.at ?? (to === Infinity ? Infinity : Math.max(to, from) + 1))
    const had = during[lastWithout] ?? before
    if (since > last.at) last = { at: since, who: `${client} had ${JSON.stringify(had?.serial)}` }
  }
  return last
}

/** Accepted, and then as much time without a fault as anything may take: nothing that new has been stored. */
function lostIn(history: readonly ChaosEvent[], calm: readonly Window[], boundMs: number): Violation[] {
  const good = new Set(eventsOf(history, 'change').flatMap(({ serial, isGood }) => (isGood ? [serial] : [])))
  const stored = eventsOf(history, 'stored')
  const decisions = eventsOf(history, 'decision')
  return eventsOf(history, 'accepted').flatMap(({ at, serial }) => {
    if (!good.has(serial)) return []
    const window = calm.find(({ from, to }) => Math.max(from, at) + boundMs <= to)
    if (window === undefined) return []
    const deadline = Math.max(window.from, at) + boundMs
    const isDone =
      stored.some((event) => event.at <= deadline && (event.serial ?? 0) >= serial) ||
      decisions.some((event) => event.at <= deadline && Number(event.decided.serial) >= serial)
    return isDone ? [] : [{ invariant: 1, at, what: `the accepted webhook of edition ${serial} was lost` }]
  })
}

function afterWhat(history: readonly ChaosEvent[], { from }: Window): string {
  const last = faultsIn(history).filter(({ to }) => to <= from && to > from - 10_000)
  return `after ${last.map(({ fault, target }) => `${fault} (${target})`).join(', ') || 'the start'}`
}
