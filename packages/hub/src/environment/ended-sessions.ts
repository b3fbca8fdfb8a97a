import { sha256Of } from '@vwo-hub/protocol'
import type { RedisConnection } from './topology/topology.ts'

/** Sessions of the dashboard that were ended before their time, for all hubs of one Redis. */
export interface EndedSessions {
  /** @param forMs - After this many milliseconds it would have ended by itself. */
  add(id: string, forMs: number): Promise<void>
  has(id: string): Promise<boolean>
}

export function createEndedSessions(redis: RedisConnection, prefix: string): EndedSessions {
  const keyOf = (id: string): string => `${prefix}:ended-session:${sha256Of(id)}`
  return {
    async add(id, forMs) {
      await redis.set(keyOf(id), '', 'PX', forMs)
    },
    has: async (id) => (await redis.exists(keyOf(id))) === 1,
  }
}
