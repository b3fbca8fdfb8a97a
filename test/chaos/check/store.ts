import type { ChaosEvent } from '../event.ts'
import type { Violation } from './violation.ts'
import { eventsOf, mayHaveLost } from './windows.ts'

/** What is published: good, whole, in order, and stored before anybody has it. */
export function checkStore(history: readonly ChaosEvent[]): {
  readonly violations: Violation[]
  readonly counts: { readonly publications: number }
} {
  const stored = eventsOf(history, 'stored')
  const revisions = new Set([...stored, ...eventsOf(history, 'published')].map(({ revision }) => revision))
  return {
    violations: [
      ...checkContent(history),
      ...checkWholeness(history),
      ...checkOrder(history),
      ...checkStoredFirst(history),
    ],
    counts: { publications: revisions.size },
  }
}

function checkContent(history: readonly ChaosEvent[]): Violation[] {
  const good = new Set(eventsOf(history, 'change').flatMap(({ isGood, sha256 }) => (isGood ? [sha256] : [])))
  return [...eventsOf(history, 'stored'), ...eventsOf(history, 'published')]
    .filter(({ sha256 }) => !good.has(sha256))
    .map(({ at, kind, revision }) => ({
      invariant: 3,
      at,
      what: `${kind} revision ${revision} is no settings-file that VWO had and that may be published`,
    }))
}

function checkWholeness(history: readonly ChaosEvent[]): Violation[] {
  return eventsOf(history, 'current')
    .filter(({ sha256, announcedSha256, isInHistory }) => sha256 !== announcedSha256 || !isInHistory)
    .map(({ at, revision }) => ({
      invariant: 4,
      at,
      what: `settings, meta and history of revision ${revision} do not belong together`,
    }))
}

/** Neither a lower revision nor an older settings-file comes later, unless Redis has lost something in between. */
function checkOrder(history: readonly ChaosEvent[]): Violation[] {
  const isExcused = mayHaveLost(history)
  const violations: Violation[] = []
  const last = new Map<string, { readonly at: number; readonly revision: number }>()
  for (const { at, server, revision } of eventsOf(history, 'current')) {
    const before = last.get(server)
    last.set(server, { at, revision })
    if (before === undefined || revision >= before.revision || isExcused(before.at, at)) continue
    violations.push({
      invariant: 2,
      at,
      what: `Redis ${server} went from revision ${before.revision} to ${revision}`,
    })
  }
  const editions = [...eventsOf(history, 'stored')].sort((one, other) => one.revision - other.revision)
  for (const [index, { at, revision, serial }] of editions.entries()) {
    const before = editions[index - 1]
    if (before === undefined || (serial ?? 0) >= (before.serial ?? 0)) continue
    // A revision is the time of its publication.
    if (isExcused(before.revision, revision)) continue
    violations.push({
      invariant: 1,
      at,
      what: `edition ${serial} was stored as revision ${revision}, after edition ${before.serial} as ${before.revision}`,
    })
  }
  return violations
}

/** Whoever has a revision has it from the store. */
function checkStoredFirst(history: readonly ChaosEvent[]): Violation[] {
  const isExcused = mayHaveLost(history)
  const stored = new Set(eventsOf(history, 'stored').map(({ revision }) => revision))
  const seen = new Map<number, { readonly at: number; readonly who: string }>()
  for (const { at, revision, server } of eventsOf(history, 'published')) {
    if (!seen.has(revision)) seen.set(revision, { at, who: `the message in Redis ${server}` })
  }
  for (const { at, revision, client } of eventsOf(history, 'swap')) {
    if (!seen.has(revision)) seen.set(revision, { at, who: client })
  }
  return [...seen]
    .filter(([revision, { at }]) => !stored.has(revision) && !isExcused(Math.min(revision, at), at))
    .map(([revision, { at, who }]) => ({
      invariant: 4,
      at,
      what: `revision ${revision} was never stored, but ${who} had it`,
    }))
}
