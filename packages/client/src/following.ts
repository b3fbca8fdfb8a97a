import type { ClientEvents, Listener } from './events.ts'
import type { SettingsInUse } from './settings-in-use.ts'
import type { ClientStatus, Ready } from './state.ts'

/** What every client can do beside its product's methods. */
export interface Following {
  /** Calls a listener at each event of this name; at `ready` and `stale` also at once, where that is so already. */
  on<Name extends keyof ClientEvents>(name: Name, listener: Listener<ClientEvents[Name]>): void
  /** The same, one time. */
  once<Name extends keyof ClientEvents>(name: Name, listener: Listener<ClientEvents[Name]>): void
  /** Calls it no more. */
  off<Name extends keyof ClientEvents>(name: Name, listener: Listener<ClientEvents[Name]>): void
  /**
   * Resolves when there are settings to decide with, at the latest after the limit. Never rejects for an outage: the
   * client recovers alone, and until then decisions answer "not part".
   *
   * @param options.timeoutMs - Limit in milliseconds. Default 5000.
   */
  ready(options?: { readonly timeoutMs?: number }): Promise<Ready>
  /** What the client is doing, at this moment. */
  readonly status: ClientStatus
  /** The settings in use, to read: to hand them to a browser, for example. `null` before the first. */
  settings(): SettingsInUse | null
  /**
   * Sends queued events, waits for those on their way, and closes the connection, within 5 seconds; an `error` event with
   * the code `event-failed` says how many have not arrived then. Decisions go on with what is live. Idempotent.
   */
  close(): Promise<void>
  /** The same, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>
}
