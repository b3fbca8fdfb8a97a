import { type EnvironmentStatus, readStatus } from '../environment/inspect.ts'
import { type Propagation, readNodes } from '../environment/nodes.ts'
import type { RedisConnection } from '../environment/connection.ts'

/** What Redis says about an environment at a scrape. */
export interface EnvironmentReading extends Pick<EnvironmentStatus, 'current' | 'now'> {
  readonly propagation: Propagation
}

/** Rejects while Redis is away, within the time that a command may take. */
export async function readEnvironment(
  redis: RedisConnection,
  environment: string,
  prefix: string,
): Promise<EnvironmentReading> {
  const [{ current, now }, propagation] = await Promise.all([
    readStatus(redis, environment, prefix),
    readNodes(redis, environment, prefix),
  ])
  return { current, now, propagation }
}
