import { revisionMetaOf, type RevisionMeta } from '../environment/meta.ts'
import type { RevisionEntry } from '../environment/read-history.ts'
import type { EnvironmentStatus } from '../environment/read-status.ts'
import type { Propagation } from '../environment/read-nodes.ts'
import type { EnvironmentView } from './environment-view.ts'
import { messageOf } from '../errors.ts'

/** How old what is read of the nodes may get while all of them have the newest revision, in milliseconds. */
const NODES_MS = 2500

/** Everything about one environment, as of one moment. Times are ISO 8601 UTC. */
export interface Snapshot {
  readonly name: string
  readonly accountId: string
  /** By Redis' clock; by this hub's while Redis does not answer. */
  readonly now: string
  /** From this hub's memory where Redis has never answered; undefined while nothing is published. */
  readonly current: RevisionMeta | undefined
  /** These three are as Redis had them last; undefined or empty before its first answer. */
  readonly status: EnvironmentStatus | undefined
  readonly propagation: Propagation | undefined
  readonly history: readonly RevisionEntry[]
  /** Set while Redis does not answer. */
  readonly unreachable: Unreachable | undefined
}

export interface Unreachable {
  readonly since: string
  readonly reason: string
}

/**
 * Reads one environment again and again at the least cost: the history only after an event, and the nodes rarely
 * while there is nothing new to them.
 *
 * @returns Takes one look. It never rejects: while Redis does not answer, what it said last is told again.
 */
export function createSnapshotReader(environment: EnvironmentView): () => Promise<Snapshot> {
  const { config, current, status, history, nodes } = environment
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
      const now = new Date().toISOString()
      const reason = messageOf(error)
      const published = current()
      const inMemory =
        published && revisionMetaOf({ ...published.meta, revision: String(published.revision) })
      last = {
        name: config.name,
        accountId: config.accountId,
        now,
        current: newer(last?.current, inMemory),
        status: last?.status,
        propagation: last?.propagation,
        history: last?.history ?? [],
        unreachable: last?.unreachable ?? { since: now, reason },
      }
    }
    return last
  }
}

function isSpreading(snapshot: Snapshot | undefined): boolean {
  const { propagation } = snapshot ?? {}
  return propagation === undefined || propagation.current < propagation.nodes.length
}

function newer(a: RevisionMeta | undefined, b: RevisionMeta | undefined): RevisionMeta | undefined {
  return (b?.revision ?? 0) > (a?.revision ?? 0) ? b : a
}
