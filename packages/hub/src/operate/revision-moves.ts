import type { Preview } from '../product/preview.ts'
import type { Judging } from '../product/product.ts'
import { syntheticUsers } from '../product/users.ts'
import type { RevisionPair } from './diff.ts'

/** Enough for whole percents. */
const USERS = 2000
const TIMEOUT_MS = 60_000
/** So many answers are kept: revisions never change, so neither does what they move. */
const KEPT = 50
/** So long a failure is told to whoever asks again, in milliseconds: a page that looks every second must hear of it. */
const FAILURE_MS = 10_000

/** Whom one revision moves against another. */
export interface RevisionMoves extends Preview {
  readonly environment: string
  readonly from: number
  readonly to: number
}

/**
 * Decides for many users with two revisions; see {@link Judging.preview}. One pair after the other, however many ask:
 * each takes a processor for a moment, and refreshes must not wait for it.
 *
 * @param readPair - Reads the two revisions. @throws {@link HubError} `not-found`
 */
export function createMoves(
  judging: Pick<Judging, 'preview'>,
  environment: string,
  readPair: (to: string, from?: string) => Promise<RevisionPair>,
): (to: string, from?: string) => Promise<RevisionMoves> {
  const known = new Map<string, Promise<RevisionMoves>>()
  let queue: Promise<unknown> = Promise.resolve()

  return async (toName, fromName) => {
    const { from, to } = await readPair(toName, fromName)
    const pair = `${from.revision} ${to.revision}`
    const found = known.get(pair)
    if (found !== undefined) return await found
    const options = { environment, previous: from.text, next: to.text, timeoutMs: TIMEOUT_MS }
    const moves = queue.then(async () => ({
      environment,
      from: from.revision,
      to: to.revision,
      ...(await judging.preview({ ...options, users: syntheticUsers(USERS) })),
    }))
    queue = moves.catch(() => {
      setTimeout(() => known.delete(pair), FAILURE_MS).unref()
    })
    known.set(pair, moves)
    if (known.size > KEPT) known.delete(known.keys().next().value ?? '')
    return await moves
  }
}
