import { sha256Of } from '@vwo-hub/protocol'
import { HubError } from '../errors.ts'
import type { Preview } from '../product/preview/preview.ts'
import type { Judging } from '../product/product.ts'
import type { RevisionPair } from './diff.ts'
import type { NamedSettings } from './read-revision.ts'

/** Enough for whole percents. */
const USERS = 2000
const TIMEOUT_MS = 60_000
/** So many answers are kept: revisions never change, so neither does what they move. */
const KEPT = 50
/** So long a failure is told to whoever asks again, in milliseconds: a page that looks every second must hear of it. */
const FAILURE_MS = 10_000
/** So long it goes on when nobody waits for it, in milliseconds: a page asks again every second, a busy one less often. */
const PATIENCE_MS = 15_000

/** Whom one revision moves against another. */
export interface RevisionMoves extends Preview {
  readonly environment: string
  readonly from: NamedSettings['revision']
  readonly to: NamedSettings['revision']
}

/** Finds out whom a revision moves. @param signal - Whoever asked has left. */
export type FindMoves = (to: string, from?: string, signal?: AbortSignal) => Promise<RevisionMoves>

/** One pair of revisions that is, or was, found out about. */
interface Work {
  readonly moves: Promise<RevisionMoves>
  readonly end: AbortController
  waiting: number
  isKnown: boolean
  leaving?: NodeJS.Timeout
}

/**
 * Decides for many users with two revisions; see {@link Judging.preview}. One pair after the other, however many ask:
 * each takes a processor for a moment, and refreshes must not wait for it. It ends when nobody waits for it any more.
 *
 * @param readPair - Reads the two revisions. @throws {@link HubError} `not-found`
 */
export function createMoves(
  judging: Pick<Judging, 'preview'>,
  environment: string,
  readPair: (to: string, from?: string) => Promise<RevisionPair>,
): FindMoves {
  const known = new Map<string, Work>()
  let queue: Promise<unknown> = Promise.resolve()

  function begin(pair: string, { from, to }: RevisionPair): Work {
    const end = new AbortController()
    const moves = queue.then(async () => ({
      environment,
      from: from.revision,
      to: to.revision,
      ...(await judging.preview({
        environment,
        previous: from.text,
        next: to.text,
        timeoutMs: TIMEOUT_MS,
        users: USERS,
        signal: end.signal,
      })),
    }))
    queue = moves.catch(() => {
      setTimeout(() => known.delete(pair), end.signal.aborted ? 0 : FAILURE_MS).unref()
    })
    end.signal.addEventListener('abort', () => known.delete(pair))
    const work: Work = { moves, end, waiting: 0, isKnown: false }
    moves.then(
      () => (work.isKnown = true),
      () => {},
    )
    known.set(pair, work)
    if (known.size > KEPT) known.delete(known.keys().next().value ?? '')
    return work
  }

  return async (toName, fromName, signal) => {
    const both = await readPair(toName, fromName)
    const pair = `${nameOf(both.from)} ${nameOf(both.to)}`
    const work = known.get(pair) ?? begin(pair, both)
    clearTimeout(work.leaving)
    work.waiting += 1
    try {
      return await unlessLeft(work.moves, signal)
    } finally {
      work.waiting -= 1
      if (work.waiting === 0 && !work.isKnown) {
        work.leaving = setTimeout(() => work.end.abort(), PATIENCE_MS).unref()
      }
    }
  }
}

/** Names one text for ever, which "held" does not. */
function nameOf({ revision, text }: NamedSettings): string {
  return typeof revision === 'number' ? String(revision) : sha256Of(text)
}

/** @throws {@link HubError} `not-possible` when the caller has left: nobody reads it. */
async function unlessLeft<T>(answer: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await answer
  return await new Promise((resolve, reject) => {
    const leave = (): void => reject(new HubError('not-possible', 'Whoever asked has left.'))
    if (signal.aborted) leave()
    signal.addEventListener('abort', leave, { once: true })
    answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave))
  })
}
