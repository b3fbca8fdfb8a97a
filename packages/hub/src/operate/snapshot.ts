import { revisionMetaOf, type RevisionMeta } from '../environment/meta.ts'
import type { RevisionEntry } from '../environment/read-history.ts'
import type { EnvironmentStatus } from '../environment/read-status.ts'
import type { Propagation } from '../environment/read-nodes.ts'
import type { EnvironmentView } from './environment-view.ts'
import { reasonOf } from '../environment/answers.ts'

/** How old what is read of the nodes may get while all of them have the newest revision, in milliseconds. */
const NODES_MS = 2500

/** Everything about one environment, as of one moment. Times are ISO 8601 UTC. */
export interface Snapshot {
  readonly name: string
  readonly accountId: string
  /** By Redis' clock; by this hub's while Redis does not answer. */
  readonly now: string
  /** From this hub's memory where Redis has not told of it; undefined while nothing is published. */
  readonly current: RevisionMeta | undefined
  /**
   * These three are of one moment, with what is current: undefined where Redis does not answer, and has not answered since
   * that was published.
   */
  readonly status: EnvironmentStatus | undefined
  readonly propagation: Propagation | undefined
  readonly history: readonly RevisionEntry[] | undefined
  /** Set while Redis does not answer. */
  readonly unreachable: Unreachable | undefined
}

export interface Unreachable {
  /** When Redis answered this hub last, whether or not anybody looked then; where it never did, of the first look. */
  readonly since: string
  readonly reason: string
  /** Of when what is told is: Redis' last answer. Absent where only this hub's memory is left. */
  readonly asOf?: string
}

/**
 * Reads one environment again and again at the least cost: the history only after an event, and the nodes rarely
 * while there is nothing new to them.
 *
 * @returns Takes one look. It never rejects: while Redis does not answer, what it said last is told again.
 */
export function createSnapshotReader(environment: EnvironmentView): () => Promise<Snapshot> {
  const { config, current, status, history, nodes, confirmedMsAgo } = environment
  let last: Snapshot | undefined
  let historyOf: string | undefined
  let nodesReadAt = 0

  async function readAgain(): Promise<Snapshot> {
    const newest = await status()
    const happened = `${newest.current?.revision} ${newest.audit[0]?.id}`
    const isNews = historyOf !== happened || last === undefined
    const entries = isNews ? await history() : last?.history
    const isDue = isNews || isSpreading(last) || performance.now() - nodesReadAt >= NODES_MS
    const propagation = isDue ? await nodes() : last?.propagation
    if (isDue) nodesReadAt = performance.now()
    historyOf = happened
    return {
      name: config.name,
      accountId: config.accountId,
      now: newest.now,
      current: newest.current,
      status: newest,
      propagation,
      history: entries ?? [],
      unreachable: undefined,
    }
  }

  return async () => {
    try {
      last = await readAgain()
    } catch (error) {
      const at = Date.now()
      const now = new Date(at).toISOString()
      const reason = reasonOf(error)
      const published = current()
      const inMemory =
        published && revisionMetaOf({ ...published.meta, revision: String(published.revision) })
      // What this hub has published since fits no history and no nodes of before.
      const isOvertaken = (inMemory?.revision ?? 0) > (last?.current?.revision ?? 0)
      const {
        current: known,
        status: before,
        propagation,
        history: entries,
      } = isOvertaken ? nothingKnown : (last ?? nothingKnown)
      const answeredAt = new Date(at - (confirmedMsAgo() ?? 0)).toISOString()
      const { since = answeredAt, reason: first = reason } = last?.unreachable ?? {}
      last = {
        name: config.name,
        accountId: config.accountId,
        now,
        current: known ?? inMemory,
        status: before,
        propagation,
        history: entries,
        unreachable: { since, reason: first, ...(before && { asOf: before.now }) },
      }
    }
    return last
  }
}

function isSpreading(snapshot: Snapshot | undefined): boolean {
  const { propagation } = snapshot ?? {}
  return propagation === undefined || propagation.current < propagation.nodes.length
}

const nothingKnown: Partial<Pick<Snapshot, 'current' | 'status' | 'propagation' | 'history'>> = {}
