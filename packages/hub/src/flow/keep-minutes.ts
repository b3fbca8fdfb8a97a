import type { Environment } from '../environment/environment.ts'
import type { Published } from '../environment/meta.ts'
import type { AttemptResult } from './attempt.ts'
import type { HubErrorCode } from '../errors.ts'

/** So long it is looked how fast a new revision comes to the nodes, each time that this hub reports; in milliseconds. */
const SPREADING_MS = 120_000

const GOOD: ReadonlySet<string> = new Set(['published', 'unchanged', 'pinned', 'held'])

/** Keeps in Redis what pictures over time are made of. */
export interface MinuteKeeper {
  /** A fetch of this hub has come to this. */
  count(result: AttemptResult['result'] | HubErrorCode): void
  /** To be called every few seconds. Rejects while Redis is away; what was counted is told later then. */
  keep(): Promise<void>
}

/** @param current - What is published, as far as this hub knows. */
export function createMinuteKeeper(
  { minutes }: Pick<Environment, 'minutes'>,
  current: () => Published | undefined,
): MinuteKeeper {
  const counted = { fetches: 0, failures: 0 }
  let nextAt = 0
  let isKeeping = false
  let spreading = { revision: 0, until: 0 }

  async function lookAround(): Promise<void> {
    const revision = current()?.revision ?? 0
    const now = performance.now()
    if (revision !== spreading.revision) spreading = { revision, until: now + SPREADING_MS }
    if (now >= nextAt) {
      const told = { ...counted }
      const restMs = await minutes.add(told)
      counted.fetches -= told.fetches
      counted.failures -= told.failures
      nextAt = performance.now() + restMs
    }
    if (revision > 0 && now < spreading.until) {
      const { revision: newest, nodes, current: arrived } = await minutes.noteSpread()
      if (newest === revision && arrived === nodes.length) spreading.until = 0
    }
  }

  return {
    count(result) {
      if (result === 'lease-lost') return // Another hub does it once more.
      counted.fetches += 1
      if (!GOOD.has(result)) counted.failures += 1
    },
    async keep() {
      // Redis may be slow.
      if (isKeeping) return
      isKeeping = true
      try {
        await lookAround()
      } finally {
        isKeeping = false
      }
    },
  }
}
