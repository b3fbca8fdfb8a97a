import { ClientError } from './errors.ts'
import type { Clock } from './receive/clock.ts'
import type { Swapper } from './swap.ts'

/**
 * Has what is live, and cannot be what Redis has or ever had, give way to whatever that is: it would be taken for newer,
 * perhaps for ever.
 *
 * @param options.onDoubt - Told what gave way, and why.
 */
export function createDoubt(options: {
  readonly environment: string
  readonly swapper: Swapper
  readonly clock: Clock
  readonly onDoubt: (error: ClientError) => void
}) {
  const { environment, swapper, clock, onDoubt } = options
  /** Whose settings are live, where that is known. */
  let owner: string | undefined

  const isOther = (identity: string | undefined): boolean =>
    owner !== undefined && identity !== undefined && identity !== owner

  function giveWay(...[code, message]: ConstructorParameters<typeof ClientError>): void {
    swapper.disown()
    onDoubt(new ClientError(code, message))
  }

  return {
    /** @param identity - Whose settings have become live. */
    live(identity: string | undefined): void {
      owner = identity
    },
    /**
     * @param identity - Whose settings Redis has.
     * @param theirs - The revision that Redis has. A newer one takes the place of what is live in any case; and where Redis has lost
     *   everything, the first hub that comes writes another identity for the same owner.
     */
    look(identity: string | undefined, theirs: number): void {
      const revision = swapper.revision()
      if (revision <= 0) return
      if (clock.isKnown() && clock.isImpossible(revision)) {
        giveWay(
          'settings-refused',
          `Revision ${revision} of "${environment}", which is in use, is more than a day ahead of Redis' clock, which cannot be. It counts as never published: what Redis has takes its place.`,
        )
      } else if (swapper.source() === 'cache' && isOther(identity) && !(theirs > revision)) {
        giveWay(
          'cache-file',
          `Revision ${revision} of "${environment}", which the cache file had, is of another account or sdkKey than what Redis has, which takes its place.`,
        )
      }
    },
  }
}
