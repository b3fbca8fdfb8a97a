/**
 * The seam between following an environment and what is followed: a product of VWO and its SDK.
 *
 * @module
 */

import type { ProductName } from '@vwo-hub/protocol'
import type { OwnFault } from '../problems.ts'

/** Settings that were prepared beside the live ones. */
export interface Prepared {
  /** Whether calls under way have to be waited for: part of the SDK's state can only be replaced by launching it anew. */
  readonly needsRelaunch: boolean
}

/** How settings became live. */
export type Committed = 'in-place' | 'launch'

/** One product in one client: an SDK, its live settings, and what an app calls. */
export interface Product<Methods extends object, Settings extends Prepared> {
  /** As Redis, hubs and caches name it: settings of one are of no use to another. */
  readonly name: ProductName
  /** The SDK that decides, as operators see it; an empty version where that cannot be found out. */
  readonly sdk: { readonly name: string; readonly version: string }
  /** The settings in use; undefined before the first. Never to be changed. */
  settings(): object | undefined
  /** What the app calls, bound, for whichever settings are live. */
  readonly methods: Methods
  /**
   * Parses and proves settings, touching nothing live.
   *
   * @param isProven - The checksum says that this is a text which the hub has tried with the real SDK: it is not
   *   validated again.
   * @throws ClientError `settings-refused`, naming the place.
   */
  prepare(text: string, isProven: boolean): Settings
  /**
   * Makes settings live in one synchronous step: at once, or, where the SDK launches asynchronously, at the end of what is
   * returned. Never called while another commit is under way.
   *
   * @throws ClientError `swap-failed`, or rejects with it; nothing has changed then.
   */
  commit(prepared: Settings): Committed | Promise<Committed>
  /** Resolves when no call is left that has promised an answer, or after the limit. */
  drain(timeoutMs: number): Promise<void>
  /**
   * Sends what is queued, and waits for what is on its way. Settles within the limit.
   *
   * @returns How many events have not arrived then.
   */
  flush(timeoutMs: number): Promise<number>
  /** Gives free what the process has but once. Idempotent; decisions go on. Called again after a commit that ends later. */
  release(): void
}

/** What a product is given by the client that it works for. */
export interface Host {
  /**
   * Asks the hub for a fetch, and takes what comes of it into use.
   *
   * @throws ClientError `redis-unreachable`, `redis-forbidden`, `settings-refused`, `timeout` or `closed`
   */
  requestRefresh(): Promise<void>
  /**
   * Tells what the app's own functions and calls do wrong, once a minute for each.
   *
   * @param what - The beginning of a sentence; the reason follows.
   * @param findReason - Called only where it is told.
   */
  report(code: OwnFault, what: string, findReason: () => unknown): void
  /** Tells once, at construction, what may be a mistake. */
  warn(message: string): void
}
