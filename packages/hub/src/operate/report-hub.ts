import { hostname } from 'node:os'
import type { Environment } from '../environment/environment.ts'
import type { Refresher } from '../flow/refresh.ts'
import { version } from '../version.ts'

/** How often a hub reports itself to Redis, in milliseconds. */
const REPORT_MS = 5000

interface Reported {
  readonly environment: Pick<Environment, 'hubs'>
  readonly refresher: Pick<Refresher, 'lastFetch' | 'current'>
}

/** What a hub says about itself in each of its environments, so that operators see that it lives. */
export interface HubReport {
  /** Reports now, and then every five seconds. */
  start(): void
  now(): void
  /** Takes back what was reported: this hub is no more. */
  end(): Promise<void>
}

/**
 * @param id - Of the hub.
 * @param isClosing - It is told that a hub finishes what it has accepted.
 * @param canWrite - Nothing is tried while Redis is away: the next report is five seconds away.
 */
export function createHubReport(options: {
  readonly id: string
  readonly environments: () => Iterable<Reported>
  readonly isClosing: () => boolean
  readonly canWrite: () => boolean
}): HubReport {
  const { id, environments, isClosing, canWrite } = options
  const startedAt = performance.now()
  let timer: NodeJS.Timeout | undefined

  function now(): void {
    if (!canWrite()) return
    for (const { environment, refresher } of environments()) {
      const fetch = refresher.lastFetch()
      const fields = {
        state: isClosing() ? 'closing' : 'ready',
        host: hostname(),
        pid: process.pid,
        version,
        revision: refresher.current()?.revision ?? 0,
        ...(fetch && {
          lastFetchAt: fetch.at,
          lastFetchResult: fetch.result,
          lastFetchMessage: fetch.message,
        }),
      }
      environment.hubs.report(id, fields, performance.now() - startedAt).catch(() => {})
    }
  }

  return {
    start() {
      timer = setInterval(now, REPORT_MS)
    },
    now,
    async end() {
      clearInterval(timer)
      await Promise.allSettled([...environments()].map(({ environment }) => environment.hubs.forget(id)))
    },
  }
}
