/**
 * How far a revision has spread, from what the nodes report. Read-only, and from Redis alone: no hub needs to run.
 *
 * @module
 */
import { NODE_FIELDS, NODE_REPORT_MS } from '@vwo-hub/protocol'
import { z } from 'zod'
import { numberOf } from './fields.ts'
import { publishedAtOf } from './meta.ts'
import type { Place } from './place.ts'
import { readReports, type Report } from './read-reports.ts'
import { runScript } from './scripts.ts'

/** How many reports are asked for in one go: a thousand nodes must not hold up Redis' other clients. */
const BATCH = 200
/** So many nodes are read, those seen last: whoever may report may report any number of them. */
export const NODES_READ = 2000
/** The clock of another master, which a revision is of, may have been so far ahead, in milliseconds. */
const CLOCKS_APART_MS = 60_000

/**
 * - `current`: decides with the newest revision
 * - `lagging`: decides with an older one
 * - `ahead`: decides with one that Redis has not, or has lost: it was put back from a backup
 * - `stale`: has no newer one than Redis has, and says that it has not reached Redis for a while
 * - `starting`: has no settings yet
 * - `invalid`: what it reports cannot be
 */
export type NodeState = (typeof NODE_STATES)[number]

export const NODE_STATES = ['current', 'lagging', 'ahead', 'stale', 'starting', 'invalid'] as const

/** What one node said last. Times are ISO 8601 UTC, by Redis' clock. */
export interface NodeReport {
  readonly id: string
  readonly state: NodeState
  /** 0 while it has no settings. */
  readonly revision: number
  /** When it began to decide with that revision. */
  readonly appliedAt?: string
  /** From publication to then, in milliseconds; absent where the revision is older than the node. */
  readonly lagMs?: number
  /** When the first revision was published that it does not have. Only where it has not the newest. */
  readonly behindSince?: string
  readonly seenAt: string
  readonly host: string
  readonly pid: number
  /** The SDK that it decides with: `vwo-node-sdk/1.73.0`. */
  readonly sdk: string
  /** The version of `@vwo-hub/client`. */
  readonly client: string
}

/** How long the newest revision took to the nodes, in milliseconds; of those that ran when it was published. */
export interface LagSummary {
  readonly nodes: number
  readonly p50Ms: number
  readonly p95Ms: number
  readonly maxMs: number
}

/** Where the newest revision has arrived. */
export interface Propagation {
  readonly environment: string
  /** When this was read, by Redis' clock. */
  readonly now: string
  /** The newest revision; absent while nothing is published. */
  readonly revision?: number
  readonly publishedAt?: string
  /** How many nodes have the newest revision, of those that are read. */
  readonly current: number
  /** How many have reported. */
  readonly total: number
  /** How long it took to them; absent where none of them ran when it was published. */
  readonly lag?: LagSummary
  /**
   * The nodes that reported within the last 90 seconds: those that are behind first, then by name. At most 2,000 are read,
   * those seen last.
   */
  readonly nodes: readonly NodeReport[]
}

/** Reads what the nodes have reported, in one round trip and one more for every 200 nodes. */
export async function readNodes(place: Place): Promise<Propagation> {
  const { redis, keys, environment } = place
  const [now, total, listed, newest, kept] = listSchema.parse(
    await runScript(
      redis,
      'vwoReadNodes',
      ...[keys.nodes, keys.meta, keys.revisions],
      ...[NODE_REPORT_MS, NODES_READ],
    ),
  )
  const nodes: NodeReport[] = []
  for (let start = 0; start < listed.length; start += BATCH) {
    const batch = listed.slice(start, start + BATCH)
    const reports = await readReports(
      place,
      batch.map(({ id }) => keys.node(id)),
      NODE_FIELDS,
    )
    for (const [index, report] of reports.entries()) {
      const seen = batch[index]
      // Gone since the list was read.
      if (seen === undefined || report === 'gone') continue
      nodes.push({ ...seen, ...nodeReportOf(report, { now, newest, kept }) })
    }
  }
  const current = nodes.filter((node) => newest !== undefined && node.revision === newest)
  const lag = lagOf(current)
  return {
    environment,
    now: new Date(now).toISOString(),
    ...(newest !== undefined && { revision: newest, publishedAt: publishedAtOf(newest) }),
    current: current.length,
    // Those that are gone may be counted still.
    total: total > NODES_READ ? total : nodes.length,
    ...(lag !== undefined && { lag }),
    nodes: nodes.toSorted(behindFirst),
  }
}

/** How many nodes there are in each state; every state is there. */
export function countStates({ nodes }: Pick<Propagation, 'nodes'>): Record<NodeState, number> {
  const counts = { current: 0, lagging: 0, ahead: 0, stale: 0, starting: 0, invalid: 0 }
  for (const { state } of nodes) counts[state] += 1
  return counts
}

const revisions = z.array(z.coerce.number())
const listSchema = z.tuple([
  z.coerce.number(),
  z.number(),
  z.array(z.string()).transform(pairsOf),
  z.string().transform(numberOf),
  revisions,
])

function pairsOf(list: readonly string[]): { readonly id: string; readonly seenAt: string }[] {
  return Array.from({ length: list.length / 2 }, (_, index) => ({
    id: list[2 * index] ?? '',
    seenAt: new Date(Number(list[2 * index + 1])).toISOString(),
  }))
}

/** What is published: what reports are judged by. */
interface Known {
  readonly now: number
  readonly newest: number | undefined
  readonly kept: readonly number[]
}

function nodeReportOf(
  report: Exclude<Report<(typeof NODE_FIELDS)[number]>, 'gone'>,
  { now, newest, kept }: Known,
): Omit<NodeReport, 'id' | 'seenAt'> {
  if (report === 'unreadable') return { ...nobody, state: 'invalid' }
  const { appliedAt, host, sdk, client } = report
  const lagMs = numberOf(report.lagMs)
  const revision = numberOf(report.revision)
  const common = { ...nobody, host, pid: numberOf(report.pid) ?? 0, sdk, client }
  if (revision === undefined || revision > now + CLOCKS_APART_MS) return { ...common, state: 'invalid' }
  // A revision is the time of its publication.
  const missed =
    newest !== undefined && revision < newest ? (kept.find((each) => each > revision) ?? newest) : undefined
  return {
    ...common,
    state: stateOf(report.state, revision, newest),
    revision,
    ...(appliedAt !== '' && { appliedAt }),
    ...(lagMs !== undefined && { lagMs }),
    ...(missed !== undefined && { behindSince: publishedAtOf(missed) }),
  }
}

const nobody = { revision: 0, host: '', pid: 0, sdk: '', client: '' }

function stateOf(reported: string, revision: number, newest: number | undefined): NodeState {
  // A client that is ahead of Redis takes itself for stale, because nothing confirms what it has.
  if (revision > (newest ?? 0)) return 'ahead'
  if (reported === 'starting' || reported === 'stale') return reported
  return revision < (newest ?? 0) ? 'lagging' : 'current'
}

function lagOf(nodes: readonly NodeReport[]): LagSummary | undefined {
  const lags = nodes.flatMap(({ lagMs }) => lagMs ?? []).toSorted((a, b) => a - b)
  const at = (share: number): number => lags[Math.max(0, Math.ceil(share * lags.length) - 1)] ?? 0
  return lags.length === 0 ? undefined : { nodes: lags.length, p50Ms: at(0.5), p95Ms: at(0.95), maxMs: at(1) }
}

/** The longest behind first, then those that are not right otherwise. */
function behindFirst(a: NodeReport, b: NodeReport): number {
  const since = ({ behindSince, state }: NodeReport): string =>
    behindSince ?? (state === 'ahead' || state === 'invalid' ? '~' : '~~')
  if (since(a) !== since(b)) return since(a) < since(b) ? -1 : 1
  return a.id < b.id ? -1 : 1
}
