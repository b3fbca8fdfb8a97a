/** What went wrong, for a program to branch on. Texts may change, codes do not. */
export type ClientErrorCode =
  /** An option of `createClient` or `createFmeClient` cannot work; nothing was started. */
  | 'option-invalid'
  /** A settings-file cannot be used by the SDK; the one in use stays. */
  | 'settings-refused'
  /** The SDK did not take proven settings; the ones in use stay, and it is tried again. */
  | 'swap-failed'
  /** Redis answers, and has no settings of this environment; nothing confirms the ones in use. */
  | 'settings-missing'
  /** Redis cannot be reached, or did not answer in time; the client keeps deciding and recovers by itself. */
  | 'redis-unreachable'
  /** Redis refuses a command or a channel to this user. */
  | 'redis-forbidden'
  /** The hub cannot be reached, or gave no settings; with `redis` it is only asked while Redis does not answer. */
  | 'hub-unreachable'
  /** The hub refuses settings of the environment to whoever has this token. */
  | 'hub-forbidden'
  /** The cache file cannot be read or written. */
  | 'cache-file'
  /** A function of the SDK's options threw or rejected; decisions go on without its answer. */
  | 'callback-failed'
  /** An event cannot be sent to VWO, or a call was made without the options that the SDK would choke on. */
  | 'event-failed'
  /** A campaign that was asked for is not in the settings in use. */
  | 'unknown-campaign'
  /** A goal that was tracked is not one of the campaign. */
  | 'unknown-goal'
  /** A feature that was asked for is not in the settings in use. */
  | 'unknown-feature'
  /** An event that was tracked is no metric of any feature. */
  | 'unknown-event'
  /** A variable that was asked for is not one of the feature. */
  | 'unknown-variable'
  /** A call was made that cannot be, as without a user, or that did not come to an end; it was answered with "off". */
  | 'call-invalid'
  /** The settings are of the other product of VWO: they need the other client. */
  | 'other-product'
  /** What was asked for did not happen within its deadline. */
  | 'timeout'
  /** The client was closed. */
  | 'closed'

/** The same without the command that ioredis hangs on it: the arguments of the first one are user and password. */
export function withoutCommand(error: unknown): Error {
  return new Error(messageOf(error))
}

/** Every error of this package: what failed, where, what was expected and got, and what happens now. */
export class ClientError extends Error {
  /** By this it is known where `instanceof` says nothing, as with two copies of the package. */
  override readonly name = 'ClientError'
  /** For programs: texts may change, codes do not. */
  readonly code: ClientErrorCode

  constructor(code: ClientErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** What an error says, also when something else was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
