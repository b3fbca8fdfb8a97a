import { PROTOCOL, type Keys, type ProductName } from '@vwo-hub/protocol'
import { ClientError, withoutCommand } from '../errors.ts'
import { otherProduct } from './other-product.ts'

/** What can be wrong with an environment in Redis, in words that say what stays in use. */
export function createFailures(options: {
  readonly environment: string
  /** Whose settings can be used. */
  readonly product: ProductName
  readonly keys: Keys
  /** The revision in use; negative before the first settings. */
  readonly currentRevision: () => number
}) {
  const { environment, product, keys, currentRevision } = options

  const stays = (): string =>
    currentRevision() < 0
      ? 'There are no settings in use yet.'
      : `Revision ${currentRevision()} stays in use.`

  const refused = (what: string): ClientError =>
    new ClientError('settings-refused', `Cannot use settings of "${environment}": ${what} ${stays()}`)

  return {
    /** What is somewhere is not what was announced. */
    mismatch: (place: string): ClientError =>
      refused(`${place} is not what was announced, and is read again.`),
    otherProtocol: (protocol: string): ClientError =>
      refused(
        `expected protocol ${PROTOCOL} in ${keys.meta}, got ${protocol}: hub and client are of versions that do not fit.`,
      ),
    otherProduct: (theirs: string): ClientError =>
      otherProduct({ environment, product, theirs, place: keys.meta, stays: stays() }),
    /** A revision that cannot be. */
    impossible: (place: string, revision: string | number): ClientError =>
      refused(
        `expected a revision in ${place}, got ${revision}, which is none or more than a day ahead of Redis' clock. It is not taken.`,
      ),
    /** A message that is none. */
    noUpdate: (length: number): ClientError =>
      new ClientError(
        'settings-refused',
        `Cannot use a message on channel ${keys.updates}: expected an update of protocol ${PROTOCOL} for "${environment}", got ${length} characters of something else. It is ignored; the periodic read goes on.`,
      ),
    /** @param revision - What Redis has instead of the settings in use, if anything. */
    missing: (revision: string | null | undefined): ClientError =>
      new ClientError(
        'settings-missing',
        revision
          ? `Redis has only revision ${revision} of "${environment}" in ${keys.meta}: expected a hub to put back what Redis has lost; check that one runs. ${stays()}`
          : `Redis has no settings of "${environment}" in ${keys.meta}: expected a hub to have published them; check the names of the environment and the prefix, and that a hub runs. ${stays()}`,
      ),
    /** What Redis, or the connection to it, has answered to an attempt. */
    of(error: unknown, attempted: string): ClientError {
      if (error instanceof ClientError) return error
      const { message } = error instanceof Error ? error : new Error(String(error))
      const cause = withoutCommand(error)
      if (message.startsWith('NOPERM')) {
        return new ClientError(
          'redis-forbidden',
          `Cannot ${attempted}: Redis refuses it to this user (${message}). Grant it in the ACL; see the client's README.`,
          { cause },
        )
      }
      const isAnswer = error instanceof Error && error.name === 'ReplyError'
      const what = isAnswer ? `Cannot ${attempted}: Redis answers` : 'Cannot reach Redis:'
      return new ClientError('redis-unreachable', `${what} ${message.replace(/\.$/, '')}. ${stays()}`, {
        cause,
      })
    },
  }
}
