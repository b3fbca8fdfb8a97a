import { setTimeout as delay } from 'node:timers/promises'
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
/** After so long it is asked what it waits for, in milliseconds: while a server loads, the library asks it on without a word. */
const LOADING_MS = 250
const LOADING = 'LOADING Redis is loading the dataset in memory'

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
  async function connectUnlessLoading(): Promise<void> {
    const connecting = redis.connect()
    const looking = async (): Promise<void> => {
      await delay(LOADING_MS, undefined, { ref: false })
      if (await isLoading(redis)) throw new Error(LOADING)
      await connecting
    }
    await inTime(Promise.race([connecting, looking()]))
  }
  return {
    async connect() {
      try {
        await connectUnlessLoading()
      } catch (error) {
        if (error instanceof Error && (error.message === LOADING || isClosedAtOnce(error.message)))
          away(error)
        await telling
        throw error
      }
    },
    isReady: () => redis.status === 'ready',
  }
}

/** One that takes connections, and no commands yet. Whoever may not ask for it is not kept waiting by the library either. */
async function isLoading(redis: Redis | Cluster): Promise<boolean> {
  if (redis.status !== 'connect') return false
  const info = await redis.info('persistence').catch(() => '')
  return /^loading:1/m.test(info)
}

/** Rejects when it takes longer than a first attempt may. */
export async function inTime(connecting: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it is not ready within ${CONNECT_MS / 1000} s`)), CONNECT_MS)
  })
  await Promise.race([connecting, late]).finally(() => clearTimeout(timer))
}
