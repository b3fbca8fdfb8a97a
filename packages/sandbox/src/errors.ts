/** What went wrong, for a program to branch on. Texts may change, codes do not. */
export type SandboxErrorCode =
  /** There is no Redis to start, or it does not start. */
  | 'redis-unreachable'
  /** A port or address cannot be listened on. */
  | 'address-unusable'
  /** Options that cannot work; nothing was started. */
  | 'config-invalid'
  /** What was asked for does not exist. */
  | 'not-found'
  /** What was waited for did not happen within its deadline. */
  | 'timeout'

/** Every error of this package: what failed, where, and what was expected. */
export class SandboxError extends Error {
  override readonly name = 'SandboxError'
  readonly code: SandboxErrorCode

  constructor(code: SandboxErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
