import type { NodeReport, Propagation } from '../environment/read-nodes.ts'

/** So many nodes of an environment are remembered, those that were told of last: memory stays flat. */
const MAX_TOLD = 10_000
/** What a node took into use longer ago is no news, in milliseconds: nodes that are long gone need no memory. */
const NEWS_MS = 24 * 3_600_000

/** What was told of one environment. */
interface Told {
  /** By node: what was told of it last. Those that were told of longest ago come first. */
  readonly nodes: Map<string, { readonly revision: number; readonly appliedAt: number }>
  /** When the newest was taken into use of what is forgotten. What is older may have been told. Unix milliseconds. */
  forgottenUntil: number
}

/**
 * Finds out, from one look at the nodes to the next, who has taken a revision into use meanwhile. A look may miss nodes:
 * only those seen last are read.
 *
 * @param observe - Called at most once for each revision that a node took into use since this was made, with the time
 *   from its publication to then. Of many thousands of nodes some are passed over rather than told twice.
 */
export function createLagWatch(
  observe: (environment: string, seconds: number) => void,
): (seen: Propagation) => void {
  const startedAt = performance.now()
  const environments = new Map<string, Told>()

  return ({ environment, now, nodes }) => {
    // By Redis' clock, as all the times of nodes.
    const until = Date.parse(now)
    const watchedSince = until - (performance.now() - startedAt)
    const told = environments.get(environment) ?? { nodes: new Map(), forgottenUntil: 0 }
    environments.set(environment, told)
    // That clock may have been ahead.
    told.forgottenUntil = Math.min(told.forgottenUntil, until)
    const since = Math.max(watchedSince, until - NEWS_MS, told.forgottenUntil)
    for (const lagMs of newsOf(nodes, told, { since, until })) observe(environment, lagMs / 1000)
    forget(told, until - NEWS_MS)
  }
}

/** How long it took, in milliseconds, to each node that took another revision into use within a time; they count as told. */
function newsOf(
  nodes: readonly NodeReport[],
  told: Told,
  { since, until }: { readonly since: number; readonly until: number },
): number[] {
  return nodes.flatMap(({ id, revision, lagMs, ...node }) => {
    const appliedAt = Date.parse(node.appliedAt ?? '')
    const isRecent = appliedAt > since && appliedAt <= until
    if (lagMs === undefined || !isRecent || told.nodes.get(id)?.revision === revision) return []
    told.nodes.delete(id)
    told.nodes.set(id, { revision, appliedAt })
    return lagMs
  })
}

/** Those that were told of longest ago, as long as they are too many or too old. */
function forget(told: Told, oldest: number): void {
  for (const [id, { appliedAt }] of told.nodes) {
    if (told.nodes.size <= MAX_TOLD && appliedAt > oldest) break
    told.nodes.delete(id)
    told.forgottenUntil = Math.max(told.forgottenUntil, appliedAt)
  }
}
