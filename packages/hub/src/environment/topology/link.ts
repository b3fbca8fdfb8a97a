import type { Cluster, Redis } from 'ioredis'
import { reasonOf } from '../answers.ts'

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

/** Of one server: the connection itself says what it is. */
export function linkTo(redis: Redis | Cluster, { onReady, onAway }: LinkEvents): Link {
  let isAway = false
  redis.on('error', (error: Error) => {
    if (isAway) return
    isAway = true
    onAway(reasonOf(error))
  })
  redis.on('ready', () => {
    isAway = false
    onReady()
  })
  const why = () =>
    redis.status === 'connect' ? 'it answers, and is not ready: it may be loading its data' : undefined
  return { connect: () => inTime(redis.connect(), why), isReady: () => redis.status === 'ready' }
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
