import { z } from 'zod'
import { clockSchema } from './fields.ts'
import type { Place } from './place.ts'
import { readTogether } from './together.ts'

const answersSchema = z.tuple([z.number(), clockSchema])

/**
 * Redis' clock, Unix milliseconds. With a key before it, so that in a cluster the master is asked whose clock everything
 * else of the environment goes by.
 */
export async function readClock({ redis, keys }: Pick<Place, 'redis' | 'keys'>): Promise<number> {
  const [, now] = await readTogether(redis, answersSchema, (batch) => batch.exists(keys.meta).time())
  return now
}
