import type { ChaosEvent, EventOf } from '../event.ts'
import { decisionsOf, undecided } from '../settings.ts'
import type { Violation } from './violation.ts'
import { eventsOf, faultsIn, runOf } from './windows.ts'

/** How long a client may say nothing while its process runs, in milliseconds. */
const longestSilenceMs = 5000
/** By then `ready()` has settled, whatever is wrong: its deadline, and a slow machine. */
const settledWithinMs = 12_000

export interface NodeCounts {
  readonly swaps: number
  readonly outOfOrderSwaps: number
  readonly decisions: number
  readonly wrongDecisions: number
}

type ClientEvent = EventOf<'client' | 'swap' | 'decision'>

/** What one client said, from its creation to the end of its process. */
interface Life {
  readonly events: readonly ClientEvent[]
  /** When its process ended, or the run. */
  readonly to: number
}

/**
 * Each node for itself: it goes forward only, decides by the settings-file of its revision, and never stops.
 *
 * @param outdated - Revisions with an older settings-file than one before, for which nobody can be blamed.
 */
export function checkNodes(
  history: readonly ChaosEvent[],
  outdated: ReadonlySet<number>,
): {
  readonly violations: Violation[]
  readonly counts: NodeCounts
} {
  const lives = livesIn(history)
  const backward = lives.flatMap(checkForward)
  const wrong = checkDecisions(history)
  const stored = new Set(eventsOf(history, 'stored').map(({ revision }) => revision))
  return {
    violations: [
      ...backward,
      ...lives.flatMap((life) => checkEditions(life, outdated, stored)),
      ...wrong,
      ...lives.flatMap(checkStart),
      ...lives.flatMap((life) => checkSilence(life, history)),
    ],
    counts: {
      swaps: eventsOf(history, 'swap').length,
      outOfOrderSwaps: backward.length,
      decisions: eventsOf(history, 'decision').length,
      wrongDecisions: wrong.length,
    },
  }
}

function livesIn(history: readonly ChaosEvent[]): Life[] {
  const { to: closing } = runOf(history)
  const ends = eventsOf(history, 'process').filter(({ phase }) => phase === 'ends')
  const lives = new Map<string, ClientEvent[]>()
  const all: ClientEvent[][] = []
  for (const event of history) {
    if (event.kind !== 'client' && event.kind !== 'swap' && event.kind !== 'decision') continue
    const isNew = event.kind === 'client' && event.phase === 'starts'
    const life = isNew ? undefined : lives.get(event.client)
    if (life !== undefined) life.push(event)
    else {
      const begun = [event]
      lives.set(event.client, begun)
      all.push(begun)
    }
  }
  return all.map((events) => {
    const [first] = events
    const end = ends.find(({ at, process }) => process === first?.process && at >= first.at)
    return { events, to: Math.min(end?.at ?? closing, closing) }
  })
}

function checkForward({ events }: Life): Violation[] {
  const violations: Violation[] = []
  let revision = 0
  for (const event of events) {
    if (event.kind === 'client') continue
    const isForward =
      event.kind === 'swap'
        ? event.revision > revision && event.previousRevision === revision
        : event.revision === revision
    if (!isForward) {
      violations.push({
        invariant: 2,
        at: event.at,
        what: `${event.client} went from revision ${revision} to ${event.revision}`,
      })
    }
    ;({ revision } = event)
  }
  return violations
}

/** A higher revision is a newer settings-file. What was never stored is judged by that. */
function checkEditions(
  { events }: Life,
  outdated: ReadonlySet<number>,
  stored: ReadonlySet<number>,
): Violation[] {
  const violations: Violation[] = []
  let had = 0
  for (const event of events) {
    if (event.kind !== 'decision') continue
    const { at, client, revision, decided } = event
    const serial = Number(decided.serial)
    if (serial < had && stored.has(revision) && !outdated.has(revision)) {
      const what = `${client} went from edition ${had} to ${serial}, at revision ${revision}`
      violations.push({ invariant: 2, at, what })
    }
    had = serial
  }
  return violations
}

/** A revision stands for one settings-file: of the store where that was seen, else of the first client that has it. */
function checkDecisions(history: readonly ChaosEvent[]): Violation[] {
  const serials = new Map<number, unknown>()
  for (const { revision, serial } of eventsOf(history, 'stored')) serials.set(revision, serial)
  const goodSerials = new Set(
    eventsOf(history, 'change').flatMap(({ serial, isGood, isTolerated }) =>
      isGood || isTolerated ? [serial] : [],
    ),
  )
  const violations: Violation[] = []
  for (const { at, client, revision, decided } of eventsOf(history, 'decision')) {
    const serial = serials.get(revision) ?? decided.serial
    if (revision > 0) serials.set(revision, serial)
    const isKnown = typeof serial === 'number' && goodSerials.has(serial)
    const expected = revision === 0 ? undecided : isKnown ? decisionsOf(serial) : undefined
    if (JSON.stringify(decided) !== JSON.stringify(expected)) {
      violations.push({
        invariant: 6,
        at,
        what: `${client} at revision ${revision} decided ${JSON.stringify(decided)}, expected ${JSON.stringify(expected)}`,
      })
    }
  }
  return violations
}

/** A restarted node has something to decide with, if only from its cache file; and `ready()` has settled. */
function checkStart({ events }: Life): Violation[] {
  const [first] = events
  const last = events.at(-1)
  if (first?.kind !== 'client' || first.phase !== 'starts' || last === undefined) return []
  const { at, client, hasCacheFile } = first
  const settled = events.find((event) => event.kind === 'client' && event.phase === 'settled')
  if (settled === undefined) {
    const isLate = last.at - at > settledWithinMs
    return isLate ? [{ invariant: 7, at, what: `${client}: ready() has not settled` }] : []
  }
  const hasNothing = hasCacheFile && 'revision' in settled && settled.revision === 0
  return hasNothing
    ? [{ invariant: 10, at, what: `${client} started with a cache file, and had nothing to decide with` }]
    : []
}

/** While it was frozen it could say nothing, and for that time alone. */
function checkSilence({ events, to }: Life, history: readonly ChaosEvent[]): Violation[] {
  const frozen = faultsIn(history).filter(({ fault }) => fault === 'app frozen')
  return events.flatMap(({ at, client, process }, index) => {
    const until = events[index + 1]?.at ?? to
    const frozenMs = frozen
      .filter(({ target }) => target.includes(process))
      .reduce((sum, fault) => sum + Math.max(0, Math.min(fault.to, until) - Math.max(fault.from, at)), 0)
    const silentMs = until - at - frozenMs
    const what = `${client} said nothing for ${silentMs} ms`
    return silentMs > longestSilenceMs ? [{ invariant: 10, at, what }] : []
  })
}
