import type { ChainableCommander } from 'ioredis'
import { reasonOf } from './answers.ts'
import type { RedisConnection } from './topology/topology.ts'

/**
 * Reads several things as of one moment. While Redis is full it puts nothing into a transaction, not even what reads (since
 * Redis 7): then they are read one right after the other.
 */
export async function readTogether(
  redis: RedisConnection,
  read: (batch: ChainableCommander) => ChainableCommander,
): ReturnType<ChainableCommander['exec']> {
  try {
    return await read(redis.multi()).exec()
  } catch (error) {
    if (!reasonOf(error).startsWith('OOM')) throw error
    return await read(redis.pipeline()).exec()
  }
}
