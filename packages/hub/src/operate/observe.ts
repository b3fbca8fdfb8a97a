import { setTimeout as delay } from 'node:timers/promises'
import { countStates, type Propagation } from '../environment/read-nodes.ts'
import { createSnapshotReader, type Snapshot } from './snapshot.ts'
import type { EnvironmentView } from './environment-view.ts'

/** How often an environment is looked at while somebody watches it, in milliseconds. */
const LOOK_MS = 500
/** What was read less than this many milliseconds ago is not read again. */
const FRESH_MS = 250

/**
 * What a watcher is told, each as soon as it differs from what was told before.
 *
 * - `status`: as `GET /v1/environments/<environment>` answers
 * - `nodes`: how far the newest revision has spread
 * - `unreachable`: Redis does not answer; a `status` follows when it does again
 */
export type EventName = 'status' | 'nodes' | 'unreachable'

export interface WatchEvent {
  readonly name: EventName
  readonly data: object
}

/** Looks at one environment on behalf of everybody who wants to know: however many, it is one look. */
export interface Observer {
  /** What is known, at most a quarter of a second old. Never rejects. */
  read(): Promise<Snapshot>
  /** Something was done: what was read before does not count any more. */
  forget(): void
  /** Tells how things are, and then what changes. @returns Ends it. */
  watch(listener: Listener): () => void
}

type Listener = (event: WatchEvent) => void

/**
 * @param pace.lookMs - How often to look while somebody watches, in milliseconds. Default 500.
 * @param pace.freshMs - How long what was read counts as new, in milliseconds. Default 250.
 */
export function createObserver(
  environment: EnvironmentView,
  pace: { readonly lookMs?: number; readonly freshMs?: number } = {},
): Observer {
  const { lookMs = LOOK_MS, freshMs = FRESH_MS } = pace
  const readSnapshot = createSnapshotReader(environment)
  /** What each listener was told last, by the name of the event. */
  const listeners = new Map<Listener, Map<EventName, string>>()
  let looking: AbortController | undefined
  let reading: Promise<Snapshot> | undefined
  let isFreshUntil = 0
  let queue: Promise<unknown> = Promise.resolve()

  function read(): Promise<Snapshot> {
    if (reading !== undefined && performance.now() < isFreshUntil) return reading
    // One after the other: a slow look must not overwrite a later one.
    const started = queue.then(readSnapshot)
    reading = started
    queue = started
    isFreshUntil = Number.POSITIVE_INFINITY
    return started.then((snapshot) => {
      if (reading === started) isFreshUntil = performance.now() + freshMs
      return snapshot
    })
  }

  function tell(listener: Listener, events: readonly (readonly [WatchEvent, essence: string])[]): void {
    const told = listeners.get(listener)
    if (told === undefined) return
    for (const [event, essence] of events) {
      if (told.get(event.name) === essence) continue
      // What follows an outage is news, though it be as before, and so is the next outage.
      if (event.name === 'unreachable') told.clear()
      else told.delete('unreachable')
      told.set(event.name, essence)
      listener(event)
    }
  }

  /** Until nobody listens any more. */
  async function keepLooking(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const events = eventsOf(await read())
      if (!signal.aborted) for (const listener of listeners.keys()) tell(listener, events)
      await delay(lookMs, undefined, { signal }).catch(() => {})
    }
  }

  async function tellNow(listener: Listener): Promise<void> {
    tell(listener, eventsOf(await read()))
  }

  return {
    read,
    forget() {
      reading = undefined
    },
    watch(listener) {
      listeners.set(listener, new Map())
      if (looking === undefined) {
        looking = new AbortController()
        void keepLooking(looking.signal)
      } else {
        void tellNow(listener)
      }
      return () => {
        listeners.delete(listener)
        if (listeners.size > 0) return
        looking?.abort()
        looking = undefined
      }
    },
  }
}

/** @returns Each with what of it is news: time alone is none. */
function eventsOf({ accountId, status, propagation, unreachable }: Snapshot): [WatchEvent, string][] {
  const events: WatchEvent[] = []
  if (unreachable !== undefined) events.push({ name: 'unreachable', data: unreachable })
  else {
    if (status !== undefined) events.push({ name: 'status', data: { accountId, ...status } })
    if (propagation !== undefined) events.push({ name: 'nodes', data: spreadOf(propagation) })
  }
  return events.map((event) => [event, JSON.stringify({ ...event.data, now: undefined })])
}

/** How far the newest revision has spread, without each single node: there may be thousands. */
function spreadOf({ nodes, ...propagation }: Propagation): object {
  return { ...propagation, states: countStates({ nodes }) }
}
