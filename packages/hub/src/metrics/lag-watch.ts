import type { Propagation } from '../environment/read-nodes.ts'

/**
 * Finds out, from one look at the nodes to the next, who has taken a revision into use meanwhile.
 *
 * @param observe - Called once for each revision that a node took into use since this was made, with the time from
 *   its publication to then.
 */
export function createLagWatch(
  observe: (environment: string, seconds: number) => void,
): (seen: Propagation) => void {
  const startedAt = performance.now()
  /** The last revision that was told of each node. */
  const told = new Map<string, Map<string, number>>()

  return ({ environment, now, nodes }) => {
    // By Redis' clock, as all the times of nodes.
    const watchedSince = Date.parse(now) - (performance.now() - startedAt)
    const before = told.get(environment)
    for (const { id, revision, lagMs, appliedAt } of nodes) {
      const isNews = before?.get(id) !== revision && Date.parse(appliedAt ?? '') >= watchedSince
      if (isNews && lagMs !== undefined) observe(environment, lagMs / 1000)
    }
    // Nodes that are gone are forgotten with it.
    told.set(environment, new Map(nodes.map(({ id, revision }) => [id, revision])))
  }
}
