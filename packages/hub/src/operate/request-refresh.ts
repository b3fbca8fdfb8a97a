import { setTimeout as delay } from 'node:timers/promises'
import { type EnvironmentStatus, readAuditAfter, readStatus } from '../environment/inspect.ts'
import { plainText } from '../text/plain-text.ts'
import { createStore } from '../environment/store.ts'
import type { RedisConnection } from '../environment/connection.ts'
import { ago } from '../text/wording.ts'

/** One environment, reached. */
interface Reached {
  readonly redis: RedisConnection
  readonly environment: string
  readonly prefix: string
}

/** What came of a request. */
export interface RefreshOutcome {
  readonly outcome: 'published' | 'unchanged' | 'refused' | 'held' | 'pinned' | 'no-hub' | 'timeout'
  /** Names the request: it is done when `completed` has reached it. */
  readonly ticket: number
  /** The one that is published now; absent while nothing is. */
  readonly revision: number | undefined
  /** In words, for people. */
  readonly message: string
}

/** How often Redis is asked whether it is done, in milliseconds. */
const lookMs = 50

/** Records a request for a refresh, and waits for a hub to do it. */
export async function requestRefresh(reached: Reached, timeoutMs: number): Promise<RefreshOutcome> {
  const watch = await watchRefresh(reached)
  const ticket = await createStore(reached.redis, reached.environment, reached.prefix).request('manual')
  return await watch(ticket, timeoutMs)
}

/**
 * Looks at an environment before something is asked for.
 *
 * @returns Waits for a hub to complete a ticket that was given out since.
 */
export async function watchRefresh(
  reached: Reached,
): Promise<(ticket: number, timeoutMs: number) => Promise<RefreshOutcome>> {
  const { redis, environment, prefix } = reached
  const before = await readStatus(redis, environment, prefix)
  return async (ticket, timeoutMs) => {
    const deadline = performance.now() + timeoutMs
    for (;;) {
      const status = await readStatus(redis, environment, prefix)
      const settled = await outcomeOf(reached, before, status, ticket)
      const revision = status.current?.revision
      if (settled !== undefined) return { ticket, revision, ...settled }
      if (status.hubs.length === 0) {
        return {
          outcome: 'no-hub',
          ticket,
          revision,
          message: `Recorded as ticket ${ticket}, but no hub is alive. The first one that starts does it.`,
        }
      }
      if (performance.now() >= deadline) {
        const message = `Recorded as ticket ${ticket}, not done within ${timeoutMs / 1000} s. ${lastFailure(status)}`
        return { outcome: 'timeout', ticket, revision, message }
      }
      await delay(lookMs)
    }
  }
}

async function outcomeOf(
  { redis, environment, prefix }: Reached,
  before: EnvironmentStatus,
  status: EnvironmentStatus,
  ticket: number,
): Promise<Pick<RefreshOutcome, 'outcome' | 'message'> | undefined> {
  const isDone = status.refresh.completed >= ticket
  const isNews = status.audit[0]?.id !== before.audit[0]?.id
  if (!isDone && !isNews) return undefined

  const news = await readAuditAfter(redis, environment, prefix, before.audit[0]?.id ?? '0-0')
  const refused = news.findLast(({ what }) => what === 'refused')
  if (refused !== undefined && !isDone) {
    const message = `VWO was asked, but its answer is refused: ${plainText(refused.summary)}`
    return { outcome: 'refused', message }
  }
  if (!isDone) return undefined
  const published = news.findLast(({ what }) => what === 'publish')
  if (published?.revision !== undefined) {
    return {
      outcome: 'published',
      message: `Published revision ${published.revision}: ${plainText(published.summary)}`,
    }
  }
  const { revision, held, waiting } = status.current ?? {}
  if (held !== undefined) {
    return { outcome: 'held', message: `VWO was asked, but its answer is held back: ${plainText(held)}` }
  }
  if (waiting !== undefined) {
    const message = `VWO was asked, but its answer waits for the end of the pin: ${plainText(waiting)}`
    return { outcome: 'pinned', message }
  }
  const message = `VWO was asked and has nothing new: ${revision === undefined ? 'nothing is published' : `revision ${revision} stays`}.`
  return { outcome: 'unchanged', message }
}

/** Why it takes so long, as far as a hub has told. */
function lastFailure({ hubs, now }: EnvironmentStatus): string {
  const fetches = hubs.flatMap(({ lastFetch }) => lastFetch ?? [])
  const latest = fetches.toSorted((a, b) => (a.at < b.at ? 1 : -1))[0]
  if (latest === undefined || latest.message === '') return 'It is done later; see "vwo-hub status".'
  return `The last fetch failed ${ago(latest.at, now)}: ${plainText(latest.message)}`
}
