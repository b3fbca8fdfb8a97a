import type { Environment } from '../environment/environment.ts'
import type { Propagation } from '../environment/read-nodes.ts'
import type { EnvironmentStatus } from '../environment/read-status.ts'

/** What Redis says about an environment at a scrape. */
export interface EnvironmentReading extends Pick<EnvironmentStatus, 'current' | 'hubs'> {
  readonly propagation: Propagation
}

/** Rejects while Redis is away, within the time that a command may take. */
export async function readEnvironment({ read }: Environment): Promise<EnvironmentReading> {
  const [{ current, hubs }, propagation] = await Promise.all([read.status(), read.nodes()])
  return { current, hubs, propagation }
}
