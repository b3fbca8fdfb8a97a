import { hostname } from 'node:os'
import type { Environment } from '../environment/environment.ts'
import { reasonOf } from '../environment/answers.ts'
import type { Refresher } from '../flow/refresh.ts'
import type { Log } from '../log/log.ts'
import type { MinuteKeeper } from '../flow/keep-minutes.ts'
import { version } from '../version.ts'
import { noWritesCodeOf } from './no-writes.ts'

/** How often a hub reports itself to Redis, in milliseconds. */
const REPORT_MS = 5000

interface Reported {
  readonly environment: Pick<Environment, 'hubs' | 'name'>
  readonly refresher: Pick<Refresher, 'lastFetch' | 'current' | 'isForeign' | 'raiseAbove'>
  readonly minutes: Pick<MinuteKeeper, 'keep'>
}

/** What a hub says about itself in each of its environments, so that operators see that it lives. */
export interface HubReport {
  /** Reports now, and then every five seconds. */
  start(): void
  now(): void
  /** What Redis said to the last report; undefined where it took it, or does not answer. */
  takesNoWrites(environment: string): string | undefined
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
  readonly log: Log
}): HubReport {
  const { id, environments, isClosing, canWrite, log } = options
  const startedAt = performance.now()
  let timer: NodeJS.Timeout | undefined
  /** By environment: each may be on another node of a cluster. */
  const refusals = new Map<string, string>()
  /** Environments whose last report is not answered yet: a slow Redis is asked no faster than it answers. */
  const underWay = new Set<string>()

  function now(): void {
    if (!canWrite()) return refusals.clear()
    for (const { environment, refresher, minutes } of environments()) {
      if (underWay.has(environment.name) && !isClosing()) continue
      underWay.add(environment.name)
      const fetch = refresher.lastFetch()
      const fields = {
        state: isClosing() ? 'closing' : refresher.isForeign() ? 'foreign' : 'ready',
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
      report({ environment, refresher, minutes }, fields)
        .then(
          () => refusals.delete(environment.name),
          (error: unknown) => note(environment.name, reasonOf(error)), // The next one is five seconds away.
        )
        .finally(() => underWay.delete(environment.name))
    }
  }

  function note(environment: string, reason: string): void {
    if (noWritesCodeOf(reason) === undefined) refusals.delete(environment)
    // Which line of a script it was helps nobody.
    else refusals.set(environment, reason.replace(/\.? script: .*$/s, ''))
  }

  async function report(
    { environment: { name, hubs }, refresher, minutes }: Reported,
    fields: Readonly<Record<string, string | number>>,
  ): Promise<void> {
    const { resets, ahead } = await hubs.report(id, fields, performance.now() - startedAt)
    for (const of of resets) {
      log.error({ environment: name, of }, 'Redis held what neither a hub nor an app writes: it begins anew')
    }
    if (ahead !== undefined && !isClosing()) await refresher.raiseAbove(ahead)
    if (!isClosing() && !refresher.isForeign()) await minutes.keep()
  }

  return {
    start() {
      timer = setInterval(now, REPORT_MS)
    },
    now,
    takesNoWrites: (environment) => refusals.get(environment),
    async end() {
      clearInterval(timer)
      await Promise.allSettled([...environments()].map(({ environment }) => environment.hubs.forget(id)))
    },
  }
}
