import { HUB_FIELDS, NODE_REPORT_MS } from '@vwo-hub/protocol'
import { z } from 'zod'
import { AUDIT_KEPT } from './audit-log.ts'
import { readClock } from './clock.ts'
import { numberOf } from './fields.ts'
import type { Place } from './place.ts'
import { NODES_READ } from './read-nodes.ts'
import { readReports } from './read-reports.ts'
import { runScript } from './scripts.ts'

/** How long a hub's report lives, in milliseconds. */
const HUB_REPORT_MS = 30_000
/** So many hubs are read, those seen last. */
const HUBS_READ = 100

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

/** What reporting brings to light. */
export interface ReportFindings {
  /** Keys that held what neither a hub nor an app writes, and begin anew; each is told by one hub, once an hour. */
  readonly resets: readonly string[]
  /**
   * Nodes decide with a revision that Redis does not have: how many, and the highest of them. One hub is told, once in ten
   * minutes.
   */
  readonly ahead: { readonly nodes: number; readonly revision: number } | undefined
}

/** What hubs say about themselves. */
export interface HubReports {
  /**
   * Writes what this hub says about itself; it is forgotten 30 s after the last report.
   *
   * @param uptimeMs - How long it has run, where that is to be told: `startedAt` comes of it, by Redis' clock.
   */
  report(
    id: string,
    fields: Readonly<Record<string, string | number>>,
    uptimeMs?: number,
  ): Promise<ReportFindings>
  forget(id: string): Promise<void>
}

const findingsSchema = z.tuple([z.array(z.string()), z.number(), z.coerce.number()])

export function createHubReports({ redis, keys }: Place): HubReports {
  let last: Promise<unknown> = Promise.resolve()

  async function report(
    ...[id, fields, uptimeMs]: Parameters<HubReports['report']>
  ): Promise<ReportFindings> {
    // Not this host's clock: hubs whose clocks differ would have started at other times than they have.
    const startedAt =
      uptimeMs === undefined
        ? undefined
        : new Date(Math.round((await readClock({ redis, keys })) - uptimeMs)).toISOString()
    const input = {
      id,
      fields: Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)])),
      startedAt,
      reportMs: HUB_REPORT_MS,
      nodeMs: NODE_REPORT_MS,
      nodesRead: NODES_READ,
      nodeKey: keys.node(''),
      auditKept: AUDIT_KEPT,
    }
    const [resets, nodes, revision] = findingsSchema.parse(
      await runScript(
        redis,
        'vwoReportHub',
        ...[keys.hub(id), keys.hubs, keys.nodes, keys.meta, keys.refresh, keys.audit],
        JSON.stringify(input),
      ),
    )
    return { resets, ahead: nodes === 0 ? undefined : { nodes, revision } }
  }

  return {
    report(...all) {
      const reported = report(...all)
      last = reported
      return reported
    },
    async forget(id) {
      await last.catch(() => {}) // Else what is on its way would bring it back.
      await Promise.all([redis.del(keys.hub(id)), redis.zrem(keys.hubs, id)])
    },
  }
}

/** The reports of these hubs, without those that are gone. */
export async function readHubs(place: Place, ids: readonly string[]): Promise<HubReport[]> {
  const { keys } = place
  const shown = ids.slice(0, HUBS_READ)
  const reports = await readReports(
    place,
    shown.map((id) => keys.hub(id)),
    HUB_FIELDS,
  )
  return reports.flatMap((report, index) =>
    // One that cannot be read is no hub's.
    typeof report === 'string' ? [] : [hubReportOf(shown[index] ?? '', report)],
  )
}

function hubReportOf(id: string, report: Readonly<Record<(typeof HUB_FIELDS)[number], string>>): HubReport {
  const { lastFetchAt, lastFetchResult, lastFetchMessage } = report
  return {
    id,
    state: report.state,
    startedAt: report.startedAt,
    host: report.host,
    pid: numberOf(report.pid) ?? 0,
    version: report.version,
    revision: numberOf(report.revision) ?? 0,
    ...(lastFetchAt !== '' && {
      lastFetch: { at: lastFetchAt, result: lastFetchResult, message: lastFetchMessage },
    }),
  }
}
