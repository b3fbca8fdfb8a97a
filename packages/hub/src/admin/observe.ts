import { setTimeout as delay } from 'node:timers/promises'
import { countStates, type Propagation } from '../inspect/nodes.ts'
import { createSnapshotReader, type Snapshot } from './snapshot.ts'
import type { EnvironmentView } from './view.ts'

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
  watch(listener: (event: WatchEvent) => void): () => void
}

export function createObserver(environment: EnvironmentView): Observer {
  const readSnapshot = createSnapshotReader(environment)
  const listeners = new Set<(event: WatchEvent) => void>()
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
      if (reading === started) isFreshUntil = performance.now() + FRESH_MS
      return snapshot
    })
  }

  /** Until nobody listens any more. */
  async function keepLooking(signal: AbortSignal): Promise<void> {
    const told = new Map<EventName, string>()
    while (!signal.aborted) {
      const snapshot = await read()
      for (const event of eventsOf(snapshot)) {
        const essence = essenceOf(event)
        if (signal.aborted || told.get(event.name) === essence) continue
        told.set(event.name, essence)
        for (const listener of listeners) listener(event)
      }
      // What follows an outage is news, though it be as before.
      if (snapshot.unreachable === undefined) told.delete('unreachable')
      else told.delete('status')
      await delay(LOOK_MS, undefined, { signal }).catch(() => {})
    }
  }

  async function tellNow(listener: (event: WatchEvent) => void): Promise<void> {
    const events = eventsOf(await read())
    if (listeners.has(listener)) for (const event of events) listener(event)
  }

  return {
    read,
    forget() {
      reading = undefined
    },
    watch(listener) {
      listeners.add(listener)
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

function eventsOf({ accountId, status, propagation, unreachable }: Snapshot): WatchEvent[] {
  if (unreachable !== undefined) return [{ name: 'unreachable', data: unreachable }]
  return [
    ...(status === undefined ? [] : [{ name: 'status', data: { accountId, ...status } } as const]),
    ...(propagation === undefined ? [] : [{ name: 'nodes', data: spreadOf(propagation) } as const]),
  ]
}

/** How far the newest revision has spread, without each single node: there may be thousands. */
function spreadOf({ nodes, ...propagation }: Propagation): object {
  return { ...propagation, total: nodes.length, states: countStates({ nodes }) }
}

/** Time alone is no news. */
function essenceOf({ data }: WatchEvent): string {
  return JSON.stringify({ ...data, now: undefined })
}
