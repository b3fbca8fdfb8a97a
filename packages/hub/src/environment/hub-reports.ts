import { z } from 'zod'
import { resultsOf } from './answers.ts'
import { readClock } from './clock.ts'
import { fieldsSchema, numberOf } from './fields.ts'
import type { Place } from './place.ts'

/** How long a hub's report lives, in seconds. */
const HUB_REPORT_SECONDS = 30

/** What a hub says about itself. */
export interface HubReport {
  readonly id: string
  readonly state: string
  readonly startedAt: string
  readonly host: string
  readonly pid: number
  readonly version: string
  /** The newest revision that this hub knows; 0 when none. */
  readonly revision: number
  /** Its last fetch; another hub may have fetched since. */
  readonly lastFetch?: { readonly at: string; readonly result: string; readonly message: string }
}

/** What hubs say about themselves. */
export interface HubReports {
  /**
   * Writes what this hub says about itself; it is forgotten 30 s after the last report.
   *
   * @param uptimeMs - How long it has run, where that is to be told: `startedAt` comes of it, by Redis' clock.
   */
  report(id: string, fields: Readonly<Record<string, string | number>>, uptimeMs?: number): Promise<void>
  forget(id: string): Promise<void>
}

export function createHubReports({ redis, keys }: Place): HubReports {
  let last: Promise<void> = Promise.resolve()

  async function report(...[id, fields, uptimeMs]: Parameters<HubReports['report']>): Promise<void> {
    const key = keys.hub(id)
    // Not this host's clock: hubs whose clocks differ would take each other off the list.
    const time = await readClock({ redis, keys })
    await Promise.all([
      redis.hset(key, fields),
      uptimeMs !== undefined &&
        redis.hsetnx(key, 'startedAt', new Date(Math.round(time - uptimeMs)).toISOString()),
      redis.expire(key, HUB_REPORT_SECONDS),
      redis.zadd(keys.hubs, time, id),
      redis.zremrangebyscore(keys.hubs, '-inf', time - 10 * HUB_REPORT_SECONDS * 1000),
    ])
  }

  return {
    report(...all) {
      last = report(...all)
      return last
    },
    async forget(id) {
      await last.catch(() => {}) // Else what is on its way would bring it back.
      await Promise.all([redis.del(keys.hub(id)), redis.zrem(keys.hubs, id)])
    },
  }
}

/** The reports of these hubs, without those that are gone. */
export async function readHubs({ redis, keys }: Place, ids: readonly string[]): Promise<HubReport[]> {
  if (ids.length === 0) return []
  const pipeline = redis.pipeline()
  for (const id of ids) pipeline.hgetall(keys.hub(id))
  const reports = z.array(fieldsSchema).parse(resultsOf(await pipeline.exec()))
  return ids.flatMap((id, index) => hubReportOf(id, reports[index] ?? {}) ?? [])
}

/** @returns undefined when the report has expired: that hub is gone. */
function hubReportOf(id: string, fields: Record<string, string>): HubReport | undefined {
  if (Object.keys(fields).length === 0) return undefined
  const { lastFetchAt, lastFetchResult, lastFetchMessage } = fields
  return {
    id,
    state: fields['state'] ?? '',
    startedAt: fields['startedAt'] ?? '',
    host: fields['host'] ?? '',
    pid: numberOf(fields['pid']) ?? 0,
    version: fields['version'] ?? '',
    revision: numberOf(fields['revision']) ?? 0,
    ...(lastFetchAt !== undefined && {
      lastFetch: { at: lastFetchAt, result: lastFetchResult ?? '', message: lastFetchMessage ?? '' },
    }),
  }
}
