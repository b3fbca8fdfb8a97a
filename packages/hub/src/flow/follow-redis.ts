import { REVISION_AHEAD_MS } from '@vwo-hub/protocol'
import type { Log } from '../log/log.ts'
import type { Environment } from '../environment/environment.ts'
import type { Published } from '../environment/meta.ts'
import type { RefreshState } from '../environment/refresh-commands.ts'

/** What this hub knows of an environment, kept in step with what Redis has. */
export interface Follower {
  /** The newest published settings that this hub knows; stays while Redis is away. */
  known(): Published | undefined
  /** This hub has published. */
  take(published: Published): void
  /**
   * The newer of the two counts: what is newer in Redis is read, what Redis has lost is put back.
   *
   * @returns Whether Redis had lost something: then requests as well, perhaps, whoever made them.
   */
  follow(state: RefreshState): Promise<boolean>
}

export function createFollower({ read, refresh }: Pick<Environment, 'read' | 'refresh'>, log: Log): Follower {
  let known: Published | undefined

  async function restore(lost: Published): Promise<boolean> {
    const { result } = await refresh.restore(lost)
    if (result !== 'published') return false
    log.warn({ revision: lost.revision }, 'restored what Redis had lost')
    return true
  }

  /** Of the revision that both have: its settings-file, its pin, and what the guard holds back. */
  async function compare(own: Published, { hasSettings, meta }: RefreshState): Promise<boolean> {
    if (meta === undefined) return false
    if (!hasSettings) {
      if (!(await refresh.refill(own))) return false
      log.warn({ revision: own.revision }, 'put back the settings-file that Redis had thrown away')
    }
    const { pinSetAt, pinnedUntil } = own.meta
    if (Number(pinSetAt ?? 0) > Number(meta.pinSetAt ?? 0)) {
      if (!(await refresh.restorePin(own))) return false
      log.warn({ pinnedUntil }, 'restored the pin, or its end, that Redis had lost')
      return true
    }
    // To be restored as well, should Redis lose them.
    known = { ...own, meta }
    return false
  }

  return {
    known: () => known,
    take(published) {
      known = published
    },
    async follow(state) {
      if (known !== undefined && known.revision > state.now + REVISION_AHEAD_MS) {
        log.warn({ revision: known.revision }, 'forgot a revision that cannot be: Redis’ clock was wrong')
        known = undefined
      }
      if (known !== undefined && state.revision < known.revision) return await restore(known)
      if (state.revision > (known?.revision ?? 0)) {
        known = (await read.current()) ?? known
        return false
      }
      return known !== undefined && (await compare(known, state))
    },
  }
}
