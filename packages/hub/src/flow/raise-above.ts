import { counted } from '../text/words.ts'
import type { Log } from '../log/log.ts'
import type { ReportFindings } from '../environment/hub-reports.ts'
import type { Published } from '../environment/meta.ts'
import type { RefreshCommands, RefreshState } from '../environment/refresh-commands.ts'

/** Brings nodes back that decide with a revision which Redis has lost: it was put back from a backup, for example. */
export interface Raising {
  /** Asks VWO first: what is published then is what VWO has, or what somebody has pinned. */
  sawAhead(ahead: NonNullable<ReportFindings['ahead']>): Promise<void>
  /**
   * Publishes once more what is published, once VWO has been asked, unless something newer has been published.
   *
   * @returns What is published now, where it has.
   */
  raise(state: RefreshState, known: Published | undefined): Promise<Published | undefined>
}

export function createRaising(
  refresh: Pick<RefreshCommands, 'raise'>,
  request: () => Promise<number>,
  log: Log,
): Raising {
  let pending: { readonly above: number; readonly nodes: number; readonly ticket: number } | undefined

  return {
    async sawAhead({ nodes, revision: above }) {
      log.warn({ nodes, revision: above }, 'nodes decide with a revision that Redis does not have')
      pending = { nodes, above, ticket: await request() }
    },
    async raise(state, known) {
      if (pending === undefined || state.completed < pending.ticket) return undefined
      if (known === undefined || known.revision !== state.revision) return undefined
      const { above, nodes } = pending
      if (known.revision > above) {
        pending = undefined
        return undefined
      }
      const summary = `published again, above revision ${above}: ${counted(nodes, 'node')} had it, and Redis did not`
      const meta = { ...known.meta, publishedAt: new Date(state.now).toISOString() }
      const { result, revision } = await refresh.raise({ ...known, meta }, { revision: above, summary })
      if (result !== 'published') return undefined
      log.warn({ revision }, summary)
      pending = undefined
      return { ...known, meta, revision }
    },
  }
}
