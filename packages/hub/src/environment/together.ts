import type { ChainableCommander } from 'ioredis'
import type { z } from 'zod'
import { readableOf, reasonOf } from './answers.ts'
import type { RedisConnection } from './topology/topology.ts'

/**
 * Reads several things as of one moment; what a key of another type cannot answer is undefined to the schema. While Redis is
 * full it puts nothing into a transaction, not even what reads (since Redis 7): then they are read one right after the other.
 */
export async function readTogether<Answers>(
  redis: RedisConnection,
  schema: z.ZodType<Answers>,
  read: (batch: ChainableCommander) => ChainableCommander,
): Promise<Answers> {
  const answers = await read(redis.multi())
    .exec()
    .catch((error: unknown) => {
      if (!reasonOf(error).startsWith('OOM')) throw error
      return read(redis.pipeline()).exec()
    })
  return schema.parse(readableOf(answers))
}
