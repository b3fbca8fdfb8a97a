import { setTimeout as delay } from 'node:timers/promises'
import { REVISION_AHEAD_MS } from '@vwo-hub/protocol'
import type { Reading } from '../environment/environment.ts'
import type { Published } from '../environment/meta.ts'

/** How often Redis is asked for its revision while somebody waits for another one, in milliseconds. */
const LOOK_MS = 250
/** How long an answer waits for Redis, in milliseconds: then it is what the hub has in memory. */
const PATIENCE_MS = 500

/**
 * What is published, for those who have no Redis themselves: as new as Redis has it, also while this hub waits for VWO, and
 * from memory while Redis is away.
 */
export interface Latest {
  /** Asks Redis, unless that was done a moment ago. Never rejects; settles within half a second. */
  look(): Promise<void>
  /** What this hub knows. */
  current(): Published | undefined
  /** How long ago Redis has said that this is the newest, in milliseconds; undefined until it has. */
  confirmedMsAgo(): number | undefined
  /** Redis' clock, Unix milliseconds, as far as it is known; this host's before. */
  now(): number
  /** Calls back after every look, from now on. @returns Ends it. */
  watch(listener: () => void): () => void
}

/** @param options.known - What the hub has in memory anyway. */
export function createLatest(options: {
  readonly read: Pick<Reading, 'newest' | 'current'>
  readonly known: () => Published | undefined
}): Latest {
  const { read, known } = options
  const listeners = new Set<() => void>()
  let own: Published | undefined
  /** When Redis has said it, and what time it was there. */
  let confirmed: { readonly at: number; readonly redisTime: number } | undefined
  let looking: Promise<void> | undefined
  let lookedAt = Number.NEGATIVE_INFINITY
  let isRunning = false

  const confirmedMsAgo = (): number | undefined => confirmed && performance.now() - confirmed.at

  function current(): Published | undefined {
    const ofHub = known()
    // Not twice in memory once the hub itself has it.
    if ((own?.revision ?? 0) <= (ofHub?.revision ?? 0)) own = undefined
    return own ?? ofHub
  }

  async function ask(): Promise<void> {
    const askedAt = performance.now()
    const { revision, now } = await read.newest()
    // Of a time when Redis' clock was wrong.
    if (own !== undefined && own.revision > now + REVISION_AHEAD_MS) own = undefined
    if (revision > (current()?.revision ?? 0)) own = await read.current()
    // A lower one is what Redis has lost, until a hub puts it back.
    if (revision === 0 || revision < (current()?.revision ?? 0)) return
    confirmed = { at: askedAt, redisTime: now }
  }

  function look(): Promise<void> {
    if (looking === undefined && performance.now() - lookedAt >= LOOK_MS) {
      lookedAt = performance.now()
      looking = ask()
        .catch(() => {}) // Its age tells.
        .finally(() => {
          looking = undefined
          for (const listener of [...listeners]) listener()
        })
    }
    return Promise.race([looking, delay(PATIENCE_MS, undefined, { ref: false })])
  }

  async function lookWhileWatched(): Promise<void> {
    if (isRunning) return
    isRunning = true
    while (listeners.size > 0) {
      await delay(LOOK_MS, undefined, { ref: false })
      if (listeners.size > 0) await look()
    }
    isRunning = false
  }

  return {
    look,
    current,
    confirmedMsAgo,
    now: () =>
      confirmed === undefined
        ? Date.now()
        : Math.round(confirmed.redisTime + performance.now() - confirmed.at),
    watch(listener) {
      // One for each call: the same function may wait twice.
      const each = (): void => listener()
      listeners.add(each)
      void lookWhileWatched()
      return () => void listeners.delete(each)
    },
  }
}
