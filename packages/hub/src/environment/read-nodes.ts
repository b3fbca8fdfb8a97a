/**
 * How far a revision has spread, from what the nodes report. Read-only, and from Redis alone: no hub needs to run.
 *
 * @module
 */
import { NODE_REPORT_MS } from '@vwo-hub/protocol'
import { z } from 'zod'
import { resultsOf } from './answers.ts'
import { readClock } from './clock.ts'
import { fieldsSchema, numberOf } from './fields.ts'
import { revisionMetaOf } from './meta.ts'
import type { Place } from './place.ts'

/** How many reports are asked for in one go: a thousand nodes must not hold up Redis' other clients. */
const BATCH = 200

/**
 * - `current`: decides with the newest revision
 * - `lagging`: decides with an older one
 * - `stale`: the same as either, but has not reached Redis for a while
 * - `starting`: has no settings yet
 */
export type NodeState = 'current' | 'lagging' | 'stale' | 'starting'

export const NODE_STATES: readonly NodeState[] = ['current', 'lagging', 'stale', 'starting']

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
  /** How many nodes have the newest revision. */
  readonly current: number
  /** How long it took to them; absent where none of them ran when it was published. */
  readonly lag?: LagSummary
  /** The nodes that reported within the last 90 seconds: those that are behind first, then by name. */
  readonly nodes: readonly NodeReport[]
}

/** Reads what every node has reported, in two round trips for each environment and one more for every 200 nodes. */
export async function readNodes(place: Place): Promise<Propagation> {
  const { redis, keys, environment } = place
  const now = await readClock(place)
  const [seen, meta, revisions] = firstAnswers.parse(
    resultsOf(
      await redis
        .multi()
        .zrangebyscore(keys.nodes, now - NODE_REPORT_MS, '+inf', 'WITHSCORES')
        .hgetall(keys.meta)
        .zrange(keys.revisions, '0', '-1')
        .exec(),
    ),
  )
  const newest = revisionMetaOf(meta)
  const kept = revisions.map(Number)
  const nodes: NodeReport[] = []
  for (let start = 0; start < seen.length; start += 2 * BATCH) {
    const batch = seen.slice(start, start + 2 * BATCH)
    const pipeline = redis.pipeline()
    for (let index = 0; index < batch.length; index += 2) pipeline.hgetall(keys.node(batch[index] ?? ''))
    const reports = z.array(fieldsSchema).parse(resultsOf(await pipeline.exec()))
    for (const [index, report] of reports.entries()) {
      const id = batch[2 * index] ?? ''
      const seenAt = Number(batch[2 * index + 1])
      // Gone since the list was read.
      if (Object.keys(report).length > 0) nodes.push(nodeReportOf(id, seenAt, report, newest?.revision, kept))
    }
  }
  const current = nodes.filter((node) => newest !== undefined && node.revision >= newest.revision)
  const lag = lagOf(current.filter(({ revision }) => revision === newest?.revision))
  return {
    environment,
    now: new Date(now).toISOString(),
    ...(newest !== undefined && { revision: newest.revision, publishedAt: newest.publishedAt }),
    current: current.length,
    ...(lag !== undefined && { lag }),
    nodes: nodes.toSorted(behindFirst),
  }
}

/** How many nodes there are in each state; every state is there. */
export function countStates({ nodes }: Pick<Propagation, 'nodes'>): Record<NodeState, number> {
  const counts = { current: 0, lagging: 0, stale: 0, starting: 0 }
  for (const { state } of nodes) counts[state] += 1
  return counts
}

const firstAnswers = z.tuple([z.array(z.string()), fieldsSchema, z.array(z.string())])

function nodeReportOf(
  id: string,
  seenAt: number,
  report: Record<string, string>,
  newest: number | undefined,
  kept: readonly number[],
): NodeReport {
  const { appliedAt } = report
  const revision = numberOf(report['revision']) ?? 0
  const lagMs = numberOf(report['lagMs'])
  const isBehind = newest !== undefined && revision < newest
  // A revision is the time of its publication.
  const missed = isBehind ? (kept.find((each) => each > revision) ?? newest) : undefined
  return {
    id,
    state: stateOf(report['state'], isBehind),
    revision,
    ...(appliedAt && { appliedAt }),
    ...(lagMs !== undefined && { lagMs }),
    ...(missed !== undefined && { behindSince: new Date(missed).toISOString() }),
    seenAt: new Date(seenAt).toISOString(),
    host: report['host'] ?? '',
    pid: numberOf(report['pid']) ?? 0,
    sdk: report['sdk'] ?? '',
    client: report['client'] ?? '',
  }
}

function stateOf(reported: string | undefined, isBehind: boolean): NodeState {
  if (reported === 'starting' || reported === 'stale') return reported
  return isBehind ? 'lagging' : 'current'
}

function lagOf(nodes: readonly NodeReport[]): LagSummary | undefined {
  const lags = nodes.flatMap(({ lagMs }) => lagMs ?? []).toSorted((a, b) => a - b)
  const at = (share: number): number => lags[Math.max(0, Math.ceil(share * lags.length) - 1)] ?? 0
  return lags.length === 0 ? undefined : { nodes: lags.length, p50Ms: at(0.5), p95Ms: at(0.95), maxMs: at(1) }
}

/** The longest behind first. */
function behindFirst(a: NodeReport, b: NodeReport): number {
  const since = (node: NodeReport): string => node.behindSince ?? '~'
  if (since(a) !== since(b)) return since(a) < since(b) ? -1 : 1
  return a.id < b.id ? -1 : 1
}
