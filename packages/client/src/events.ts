import type { ClientError } from './errors.ts'
import type { Ready, Source } from './state.ts'
import { tellRejection } from './thenable.ts'

/** One swap. */
export interface Update {
  /** Of the settings that decide now. */
  readonly revision: number
  /** Of those that decided before; 0 where there were none. */
  readonly previousRevision: number
  /** Where they came from. */
  readonly source: Source
  /** From publication to this swap, in milliseconds, by Redis' clock; `null` for the first settings, which nobody has waited for. */
  readonly lagMs: number | null
  /**
   * What this revision changed against the one published before it, in one line for people. Only where the update came
   * by message: not for the first settings, nor after an interruption.
   */
  readonly summary?: string
  /** What the swap itself took, from text to live, in milliseconds. */
  readonly swapMs: number
}

/** The events of a client, and what their listeners get. */
export interface ClientEvents {
  /** The first settings are live, or settings that were stale are confirmed again. */
  ready: Ready
  /** New settings are live. */
  update: Update
  /** Nothing has confirmed the settings for `staleAfterMs`. */
  stale: Ready
  /** Something failed; decisions go on. Told once until it is over. */
  error: ClientError
}

/** What it answers is ignored; where that is a promise, its rejection is reported. */
export type Listener<T> = (event: T) => unknown

/** A typed emitter: a listener that throws harms nobody, and an `error` without listeners ends no process. */
export interface Events {
  on<Name extends keyof ClientEvents>(name: Name, listener: Listener<ClientEvents[Name]>): void
  once<Name extends keyof ClientEvents>(name: Name, listener: Listener<ClientEvents[Name]>): void
  off<Name extends keyof ClientEvents>(name: Name, listener: Listener<ClientEvents[Name]>): void
  emit<Name extends keyof ClientEvents>(name: Name, event: ClientEvents[Name]): void
}

/** A listener, in one of the ways in which it was added: an app may want one event, and all of them, by the same function. */
interface Added {
  readonly listener: Listener<never>
  readonly isOnce: boolean
  readonly run: (event: never) => unknown
}

/**
 * @param options.holds - The event that describes the present state, for `ready` and `stale`: a listener that comes
 *   late runs at once, as OpenFeature asks of its providers (requirement 5.3.3).
 * @param options.onListenerError - Told when a listener throws.
 */
export function createEvents(options: {
  readonly holds: (name: 'ready' | 'stale') => Ready | undefined
  readonly onListenerError: (error: unknown) => void
}): Events {
  const added = new Map<keyof ClientEvents, readonly Added[]>()

  const call = (run: () => unknown): void => {
    try {
      // An async listener's rejection would end the process.
      tellRejection(run(), options.onListenerError)
    } catch (error) {
      options.onListenerError(error)
    }
  }

  function keep(name: keyof ClientEvents, isKept: (one: Added) => boolean): void {
    added.set(name, (added.get(name) ?? []).filter(isKept))
  }

  /** Adds it once for each way in which it is added. */
  function add<Name extends keyof ClientEvents>(
    name: Name,
    listener: Listener<ClientEvents[Name]>,
    isOnce: boolean,
  ): void {
    const known = added.get(name) ?? []
    const run = (event: ClientEvents[Name]): unknown => {
      if (isOnce) keep(name, (one) => one.listener !== listener || !one.isOnce)
      return listener(event)
    }
    if (!known.some((one) => one.listener === listener && one.isOnce === isOnce))
      added.set(name, [...known, { listener, isOnce, run }])
    const held = name === 'ready' || name === 'stale' ? options.holds(name) : undefined
    if (held !== undefined) call(() => run(held as ClientEvents[Name]))
  }

  return {
    on: (name, listener) => add(name, listener, false),
    once: (name, listener) => add(name, listener, true),
    off: (name, listener) => keep(name, (one) => one.listener !== listener),
    emit(name, event) {
      for (const { run } of added.get(name) ?? []) call(() => run(event as never))
    },
  }
}
