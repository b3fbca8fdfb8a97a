import type { Cluster } from 'ioredis'
import { messageOf } from '../../errors.ts'
import { inTime, type Link, type LinkEvents } from './link.ts'

/** How often is looked again while a cluster cannot be used, in milliseconds. */
const LOOK_MS = 1000

/**
 * Of a cluster: ioredis says `ready` also where no command gets through, and nothing where it never becomes that; the
 * nodes are asked themselves.
 *
 * @param whyUnusable - Asks them. Undefined where all is well.
 */
export function linkToCluster(
  redis: Cluster,
  whyUnusable: () => Promise<string | undefined>,
  { onReady, onAway }: LinkEvents,
): Link {
  let isUsable = false
  /** What was told last; undefined while it can be used. */
  let away: string | undefined
  let isLooking = false
  let timer: NodeJS.Timeout | undefined
  /** Resolves with the first time that it can be used, rejects with the first reason why not. */
  let settle: { resolve(): void; reject(error: Error): void } | undefined

  async function look(): Promise<void> {
    if (isLooking || redis.status === 'end') return
    isLooking = true
    clearTimeout(timer)
    timer = undefined
    const reason = await whyUnusable().catch(messageOf)
    isLooking = false
    if (reason !== undefined) told(reason)
    else if (redis.status === 'ready') {
      become()
      return
    }
    // It may have ended meanwhile, which no type knows.
    if ((redis.status as string) !== 'end') lookLater()
  }

  function lookLater(): void {
    // Not put off by what happens meanwhile: it may close many times a second.
    timer ??= setTimeout(() => void look(), LOOK_MS).unref()
  }

  function told(reason: string): void {
    isUsable = false
    settle?.reject(new Error(reason))
    if (away !== undefined) return
    away = reason
    onAway(reason)
  }

  function become(): void {
    if (isUsable) return
    isUsable = true
    away = undefined
    settle?.resolve()
    onReady()
  }

  redis.on('ready', () => void look())
  redis.on('error', () => void look())
  redis.on('close', () => {
    isUsable = false
    lookLater()
  })
  redis.on('end', () => clearTimeout(timer))
  return {
    connect() {
      const first = new Promise<void>((resolve, reject) => (settle = { resolve, reject }))
      redis.connect().catch(() => {}) // Says no more than that it could not.
      lookLater()
      return inTime(first)
    },
    isReady: () => isUsable && redis.status === 'ready',
  }
}
