import type { ClientError } from './errors.ts'

/** Where the settings in use came from. */
export type Source = 'redis' | 'hub' | 'cache' | 'initial' | 'test'

/** Where a client stands. `stale`: it decides, but nothing has confirmed its settings for `staleAfterMs`. */
export type ClientState = 'starting' | 'ready' | 'stale' | 'closed'

/** What `ready` resolves with, and the state that listeners of `ready` and `stale` are told. */
export interface Ready {
  /** Where the client stands. */
  readonly state: ClientState
  /** 0 while there are no settings, or where they were never published. */
  readonly revision: number
  /** Where the settings in use came from; `null` while there are none. */
  readonly source: Source | null
  /**
   * What is wrong, where Redis does not confirm the settings in use, or there are none: the last `error` event since it
   * did. With `settings-missing`, for example, Redis does not know the environment.
   */
  readonly reason?: ClientError
}

/** What a client is doing, at this moment. */
export interface ClientStatus extends Ready {
  /** When Redis last confirmed the settings in use, Unix milliseconds; `null` before. */
  readonly confirmedAt: number | null
}
