/** What went wrong, for a program to branch on. Texts may change, codes do not. */
export type HubErrorCode =
  /** Configuration cannot work; nothing was started. */
  | 'config-invalid'
  /** Redis cannot be reached, or did not answer in time. */
  | 'redis-unreachable'
  /** VWO cannot be reached or did not answer in time; a retry may help. */
  | 'vwo-unreachable'
  /** VWO answered, but refuses this account or key; a retry alone will not help. */
  | 'vwo-refused'
  /** What VWO sent cannot be published; the last good revision stays. */
  | 'settings-refused'
  /** Another hub has taken over the refresh; what this one fetched is not stored. */
  | 'lease-lost'
  /** A port or address cannot be listened on. */
  | 'address-unusable'
  /** The settings under this name are those of another account or sdkKey than this hub is configured with. */
  | 'foreign'
  /** What was asked for cannot be done as things are; nothing was changed. */
  | 'not-possible'
  /** A request to the admin API is not as it has to be; nothing was changed. */
  | 'request-invalid'
  /** An act that has to be confirmed was not, because nobody could be asked; nothing was changed. */
  | 'not-confirmed'
  /** What was asked for does not exist. */
  | 'not-found'
  /** What was asked for did not happen within its deadline. */
  | 'timeout'
  /** The hub was closed before it was done. */
  | 'closed'
  /** A fault of the program itself; the log has where it arose, and the cause. */
  | 'internal'

export interface HubErrorOptions extends ErrorOptions {
  /** So long VWO asks to be left alone, in milliseconds. */
  readonly retryAfterMs?: number | undefined
}

/** Every error of this package: what failed, where, what was expected and got, and what happens now. */
export class HubError extends Error {
  override readonly name = 'HubError'
  readonly code: HubErrorCode
  /** So long VWO asks to be left alone, in milliseconds; undefined where it does not. */
  readonly retryAfterMs: number | undefined

  constructor(code: HubErrorCode, message: string, { retryAfterMs, ...options }: HubErrorOptions = {}) {
    super(message, options)
    this.code = code
    this.retryAfterMs = retryAfterMs
  }
}

/** What an error says, also when something else was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
