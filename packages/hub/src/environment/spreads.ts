/**
 * How fast each kept revision came to the nodes. Their reports tell it of what they decide with now, so it is noted while it
 * is live, and kept as long as the revision.
 *
 * @module
 */
import { z } from 'zod'
import { readableOf } from './answers.ts'
import { fieldsSchema } from './fields.ts'
import type { Place } from './place.ts'
import type { LagSummary, Propagation } from './read-nodes.ts'

const count = z.number().nonnegative()
const spreadSchema = z.object({ nodes: count, p50Ms: count, p95Ms: count, maxMs: count })
const answersSchema = z.tuple([fieldsSchema.default({}), z.array(z.string()).default([])])

/** @param text - As {@link noteSpread} has noted it; undefined for everything else. */
export function spreadOf(text: string | undefined): LagSummary | undefined {
  try {
    return text === undefined ? undefined : spreadSchema.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}

/** Notes it where more nodes tell of it than before: those that start later do not. What is not kept any more is forgotten. */
export async function noteSpread(
  { redis, keys }: Pick<Place, 'redis' | 'keys'>,
  { revision, lag }: Pick<Propagation, 'revision' | 'lag'>,
): Promise<void> {
  if (revision === undefined || lag === undefined) return
  const answers = await redis.pipeline().hgetall(keys.spread).zrevrange(keys.revisions, 0, -1).exec()
  const readable = readableOf(answers)
  const [noted, kept] = answersSchema.parse(readable)
  if ((spreadOf(noted[String(revision)])?.nodes ?? 0) >= lag.nodes) return
  const batch = redis.pipeline()
  // Of another type: no hub has written it.
  if (readable[0] === undefined) batch.unlink(keys.spread)
  batch.hset(keys.spread, String(revision), JSON.stringify(lag))
  const gone = Object.keys(noted).filter((each) => each !== String(revision) && !kept.includes(each))
  if (gone.length > 0) batch.hdel(keys.spread, ...gone)
  await batch.exec()
}
