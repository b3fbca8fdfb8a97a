import { setTimeout as delay } from 'node:timers/promises'
import type { Environment } from '../environment/environment.ts'
import type { EnvironmentStatus } from '../environment/read-status.ts'
import { plainText } from '../text/plain-text.ts'
import { lastFetchOf } from './vwo-condition.ts'
import { ago } from '../text/wording.ts'

/**
 * - `published`, `unchanged`: VWO was asked, and answered well
 * - `refused`, `held`, `pinned`: it answered, and that is not published
 * - `failed`: it did not answer, or the hub could not do it; it is tried again
 * - `no-hub`, `timeout`: it is done later
 */
export const REFRESH_OUTCOMES = [
  ...(['published', 'unchanged', 'refused', 'held', 'pinned'] as const),
  ...(['failed', 'no-hub', 'timeout'] as const),
] as const

/** What came of a request. */
export interface RefreshOutcome {
  readonly outcome: (typeof REFRESH_OUTCOMES)[number]
  /** Names the request: it is done when `completed` has reached it. */
  readonly ticket: number
  /** The one that is published now; absent while nothing is. */
  readonly revision: number | undefined
  /** In words, for people. */
  readonly message: string
}

/** How often Redis is asked whether it is done, in milliseconds. */
const lookMs = 50

/** Records a request for a refresh, which goes ahead of a back-off, and waits for a hub to do it. */
export async function requestRefresh(
  environment: Pick<Environment, 'read'> & { readonly refresh: Pick<Environment['refresh'], 'request'> },
  timeoutMs: number,
): Promise<RefreshOutcome> {
  const watch = await watchRefresh(environment)
  const ticket = await environment.refresh.request('manual')
  return await watch(ticket, timeoutMs)
}

/**
 * Looks at an environment before something is asked for.
 *
 * @returns Waits for a hub to complete a ticket that was given out since.
 */
export async function watchRefresh({
  read,
}: Pick<Environment, 'read'>): Promise<(ticket: number, timeoutMs: number) => Promise<RefreshOutcome>> {
  const before = await read.status()
  return async (ticket, timeoutMs) => {
    const deadline = performance.now() + timeoutMs
    for (;;) {
      const status = await read.status()
      const settled = await outcomeOf(read, before, status, ticket)
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
  read: Environment['read'],
  before: EnvironmentStatus,
  status: EnvironmentStatus,
  ticket: number,
): Promise<Pick<RefreshOutcome, 'outcome' | 'message'> | undefined> {
  const isDone = status.refresh.completed >= ticket
  const isNews = status.audit[0]?.id !== before.audit[0]?.id
  const last = lastFetchOf(status.hubs)
  if (!isDone && last !== undefined && last.message !== '' && last.at > before.now) {
    const message = plainText(last.message)
    return last.result === 'settings-refused'
      ? { outcome: 'refused', message: `VWO was asked, but its answer is refused: ${message}` }
      : { outcome: 'failed', message: `VWO was asked in vain, and is asked again: ${message}` }
  }
  if (!isDone && !isNews) return undefined

  const news = await read.auditAfter(before.audit[0]?.id ?? '0-0')
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
  const latest = lastFetchOf(hubs)
  if (latest === undefined || latest.message === '') return 'It is done later; see "vwo-hub status".'
  return `The last fetch failed ${ago(latest.at, now)}: ${plainText(latest.message)}`
}
