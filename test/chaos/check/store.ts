import type { ChaosEvent } from '../event.ts'
import { type Loss, mayHaveLost } from './losses.ts'
import type { Violation } from './violation.ts'
import { eventsOf, type Window } from './windows.ts'

/** What is published: good, whole, and stored before anybody has it. */
export function checkStore(
  history: readonly ChaosEvent[],
  losses: readonly Loss[],
): {
  readonly violations: Violation[]
  readonly counts: { readonly publications: number }
} {
  const stored = eventsOf(history, 'stored')
  const revisions = new Set([...stored, ...eventsOf(history, 'published')].map(({ revision }) => revision))
  return {
    violations: [...checkContent(history), ...checkWholeness(history), ...checkStoredFirst(history, losses)],
    counts: { publications: revisions.size },
  }
}

function checkContent(history: readonly ChaosEvent[]): Violation[] {
  const changes = eventsOf(history, 'change')
  const good = new Set(changes.flatMap(({ isGood, sha256 }) => (isGood ? [sha256] : [])))
  const tolerated = new Set(changes.flatMap(({ isTolerated, serial }) => (isTolerated ? [serial] : [])))
  // Stored is what was made of it, not always what was sent.
  for (const { serial, sha256 } of eventsOf(history, 'stored'))
    if (serial !== null && tolerated.has(serial)) good.add(sha256)
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

/**
 * Whoever has a revision has it from the store. A message is heard in other servers than the one that has stored what it
 * tells: any of them may have lost that.
 */
function checkStoredFirst(history: readonly ChaosEvent[], losses: readonly Loss[]): Violation[] {
  const stored = new Set(eventsOf(history, 'stored').map(({ revision }) => revision))
  const seen = new Map<number, Window & { readonly who: string }>()
  for (const { at, revision, server } of eventsOf(history, 'published')) {
    const who = `the message in Redis ${server}`
    if (!seen.has(revision)) seen.set(revision, { from: at, to: at, who })
  }
  for (const { at, revision, client } of eventsOf(history, 'swap')) {
    // A revision is the time of its publication.
    if (!seen.has(revision)) seen.set(revision, { from: Math.min(revision, at), to: at, who: client })
  }
  return [...seen]
    .filter(([revision, first]) => !stored.has(revision) && !mayHaveLost(losses, first, undefined))
    .map(([revision, { to: at, who }]) => ({
      invariant: 4,
      at,
      what: `revision ${revision} was never stored, but ${who} had it`,
    }))
}
