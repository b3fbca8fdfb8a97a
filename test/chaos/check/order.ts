import type { ChaosEvent } from '../event.ts'
import { type Loss, mayHaveLost } from './losses.ts'
import type { Violation } from './violation.ts'
import { eventsOf } from './windows.ts'

/**
 * No server goes from a revision to a lower one, and none that has a settings-file takes an older one as a later
 * revision. Two masters at once do not know what the other one has: each is judged by what it has itself.
 */
export function checkOrder(
  history: readonly ChaosEvent[],
  losses: readonly Loss[],
): { readonly violations: Violation[]; readonly outdated: ReadonlySet<number> } {
  const { violations, outdated } = checkEditions(history, losses)
  return { violations: [...checkRevisions(history, losses), ...violations], outdated }
}

/** Of masters only: a replica has what its master has. */
function checkRevisions(history: readonly ChaosEvent[], losses: readonly Loss[]): Violation[] {
  const violations: Violation[] = []
  const roles = new Map<string, string>()
  const last = new Map<string, number>()
  for (const event of history) {
    if (event.kind === 'holds') {
      const { at, server, revisions } = event
      // Emptied on purpose: what is put back later may be older, where those with more cannot reach it.
      const isEmptied = revisions.length === 0 && mayHaveLost(losses, { from: at, to: at }, server)
      if (roles.get(server) !== event.role || isEmptied) last.delete(server)
      roles.set(event.server, event.role)
    }
    if (event.kind !== 'current') continue
    const { at, server, revision } = event
    if (roles.get(server) !== 'master') continue
    const before = last.get(server) ?? 0
    last.set(server, revision)
    if (revision >= before || mayHaveLost(losses, { from: at, to: at }, server)) continue
    const what = `Redis ${server} went from revision ${before} to ${revision}`
    violations.push({ invariant: 2, at, what })
  }
  return violations
}

/** @returns `outdated`: revisions older than an earlier one, which the server that took them did not have. */
function checkEditions(history: readonly ChaosEvent[], losses: readonly Loss[]) {
  const violations: Violation[] = []
  const outdated = new Set<number>()
  const serials = serialsIn(history)
  const known = new Set<number>()
  const held = new Map<string, readonly number[]>()

  /** The revision of the newest edition before this revision, if that is newer than its own. */
  function newerThan(revision: number, others: Iterable<number>): number | undefined {
    let [newest, serial] = [undefined as number | undefined, serials.get(revision) ?? Infinity]
    for (const other of others) {
      const itsSerial = serials.get(other) ?? 0
      if (other < revision && itsSerial > serial) [newest, serial] = [other, itsSerial]
    }
    return newest
  }

  /** Whoever had it first took it from a hub, all others from whoever had it. One that only heard of it may not have it. */
  function take(revision: number, server: string, at: number, { isHeard = false } = {}): void {
    if (known.has(revision)) return
    const before = newerThan(revision, held.get(server) ?? [])
    if (before !== undefined && !mayHaveLost(losses, { from: at, to: at }, isHeard ? undefined : server)) {
      const what = `edition ${serials.get(revision)} was stored as revision ${revision}, after edition ${serials.get(before)} as ${before}`
      violations.push({ invariant: 1, at, what })
    } else if (newerThan(revision, known) !== undefined) outdated.add(revision)
    known.add(revision)
  }

  for (const event of history) {
    if (event.kind === 'published') {
      const { at, server, revision } = event
      take(revision, server, at, { isHeard: true })
      held.set(server, [...(held.get(server) ?? []), revision])
    }
    if (event.kind === 'holds') {
      const { at, server, revisions } = event
      for (const revision of revisions) take(revision, server, at)
      held.set(server, revisions)
    }
  }
  return { violations, outdated }
}

/** Which edition each revision is. */
function serialsIn(history: readonly ChaosEvent[]): ReadonlyMap<number, number> {
  const ofSha256 = new Map(eventsOf(history, 'change').map(({ sha256, serial }) => [sha256, serial]))
  const serials = new Map<number, number>()
  for (const event of [...eventsOf(history, 'published'), ...eventsOf(history, 'stored')]) {
    const { revision, sha256 } = event
    const serial = ofSha256.get(sha256) ?? (event.kind === 'stored' ? event.serial : undefined) ?? undefined
    if (serial !== undefined) serials.set(revision, serial)
  }
  return serials
}
