/** The answers of a pipeline, or the first error among them. */
export function resultsOf(answers: [error: Error | null, result: unknown][] | null): unknown[] {
  return (answers ?? []).map(([error, result]) => {
    if (error !== null) throw error
    return result
  })
}

/** The same, with undefined for what a key of another type cannot answer. */
export function readableOf(answers: [error: Error | null, result: unknown][] | null): unknown[] {
  return (answers ?? []).map(([error, result]) => {
    if (error === null) return result
    if (error.message.startsWith('WRONGTYPE')) return undefined
    throw error
  })
}

/** What ioredis says to a command while it has no connection, which names options of its own. */
const NOT_CONNECTED = /^Stream isn't writeable and enableOfflineQueue/

/**
 * What Redis said is wrong, without the full stop at its end. Of a transaction that it gave up, it is what it said to the
 * first command that it refused: "discarded because of previous errors" names neither command nor key.
 */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const [first] = (error as Error & { previousErrors?: readonly Error[] }).previousErrors ?? []
  const { message } = first ?? error
  return NOT_CONNECTED.test(message) ? 'there is no connection to it' : message.replace(/\.$/, '')
}

/** What ioredis and its parser call their own; everything else of theirs is a plain `Error`. */
const REDIS_ERRORS: ReadonlySet<string> = new Set([
  'Error',
  'AbortError',
  'ClusterAllFailedError',
  'InterruptError',
  'MaxRetriesPerRequestError',
  'ParserError',
  'RedisError',
  'ReplyError',
])

/**
 * Whether it is what a command of Redis, or the way there, fails with. A `TypeError` and its like never are: they are
 * faults of ours, and no retry mends them.
 */
export function isOfRedis(error: unknown): boolean {
  return error instanceof Error && REDIS_ERRORS.has(error.name)
}
