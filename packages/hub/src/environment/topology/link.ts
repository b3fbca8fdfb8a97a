import type { Cluster, Redis } from 'ioredis'
import { reasonOf } from '../answers.ts'
import { isClosedAtOnce } from './first-words.ts'

/** Who is told whether Redis can be used. */
export interface LinkEvents {
  /** Each time that it can be used again. */
  readonly onReady: () => void
  /** Once for each time that it cannot, with what was heard first: what comes after it is what came of it. */
  readonly onAway: (reason: string) => void
}

/** A connection, as the one who uses it sees it. */
export interface Link {
  /** Opens it; from then on it keeps itself open. Rejects where the first attempt fails, or takes too long. */
  connect(): Promise<void>
  isReady(): boolean
}

/** How long the first attempt may take, in milliseconds, whatever it waits for. */
const CONNECT_MS = 5000

/**
 * Of one server: the connection itself says what it is.
 *
 * @param firstWords - What the server says to a connection that it closes at once; that is lost to the one that sends commands.
 */
export function linkTo(
  redis: Redis | Cluster,
  { onReady, onAway }: LinkEvents,
  firstWords: () => Promise<string | undefined> = async () => undefined,
): Link {
  let isAway = false
  let telling: Promise<void> | undefined
  function away(error: Error): void {
    if (isAway) return
    isAway = true
    const reason = reasonOf(error)
    if (isClosedAtOnce(reason)) telling = tellFirstWords(reason)
    else onAway(reason)
  }
  async function tellFirstWords(reason: string): Promise<void> {
    onAway((await firstWords()) ?? reason)
  }
  redis.on('error', away)
  redis.on('ready', () => {
    isAway = false
    onReady()
  })
  const why = () =>
    redis.status === 'connect' ? 'it answers, and is not ready: it may be loading its data' : undefined
  return {
    async connect() {
      try {
        await inTime(redis.connect(), why)
      } catch (error) {
        if (error instanceof Error && isClosedAtOnce(error.message)) away(error)
        await telling
        throw error
      }
    },
    isReady: () => redis.status === 'ready',
  }
}

/** Rejects when it takes longer than a first attempt may. */
export async function inTime(
  connecting: Promise<void>,
  why: () => string | undefined = () => undefined,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(why() ?? `it is not ready within ${CONNECT_MS / 1000} s`)),
      CONNECT_MS,
    )
  })
  await Promise.race([connecting, late]).finally(() => clearTimeout(timer))
}
