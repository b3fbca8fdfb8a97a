import { z } from 'zod'
import { type AuditEntry, auditEntryOf } from './audit-log.ts'
import { clockSchema, fieldsSchema, numberOf, revisionOf, streamEntrySchema, timeOf } from './fields.ts'
import { type HubReport, readHubs } from './hub-reports.ts'
import { type RevisionMeta, revisionMetaOf } from './meta.ts'
import type { Place } from './place.ts'
import { readTogether } from './together.ts'

/** How many audit entries a status carries. */
const AUDIT_SHOWN = 10

/** One environment, as of one moment. Times are ISO 8601 UTC. */
export interface EnvironmentStatus {
  readonly environment: string
  /** When this was read, by Redis' clock: ages are counted from here. */
  readonly now: string
  /** What is published; undefined while nothing is. */
  readonly current: RevisionMeta | undefined
  readonly refresh: RefreshStatus
  /** The hubs that reported within the last 30 seconds. */
  readonly hubs: readonly HubReport[]
  /** The last events, newest first. */
  readonly audit: readonly AuditEntry[]
  /** Keys, and fields of `refresh`, that hold what no hub writes. The next hub that looks begins them anew. */
  readonly damaged?: readonly string[]
  /** What Redis has said to who wanted to write, where it takes none. */
  readonly takesNoWrites?: string
}

/** How far the refresh of an environment is. Times are ISO 8601 UTC, by Redis' clock. */
export interface RefreshStatus {
  /** Tickets given out; a fetch is due while it is higher than `completed`. */
  readonly requested: number
  readonly completed: number
  /** Set while a hub fetches: names that one attempt. */
  readonly owner?: string
  /** When another hub may take over. */
  readonly leaseUntil?: string
  readonly lastFetchAt?: string
  /** No hub fetches before. */
  readonly notBefore?: string
  /** Fetches in a row that brought nothing new. */
  readonly fruitless: number
  /** What asked for the refresh that is due. */
  readonly trigger?: string
}

const COUNTERS = [
  ...['requested', 'completed', 'answered', 'fruitless'],
  ...['leaseUntil', 'notBefore', 'lastFetchAt', 'recheckAt', 'rechecks'],
]

const answersSchema = z.tuple([
  fieldsSchema.optional(),
  fieldsSchema.optional(),
  z.array(z.string()).optional(),
  z.array(streamEntrySchema).optional(),
  clockSchema,
])

/** Reads everything about an environment in two round trips, the first of them atomic. */
export async function readStatus(place: Place): Promise<EnvironmentStatus> {
  const { redis, keys, environment } = place
  const [meta, refresh, hubIds, audit, now] = await readTogether(redis, answersSchema, (batch) =>
    batch
      .hgetall(keys.meta)
      .hgetall(keys.refresh)
      .zrevrange(keys.hubs, 0, -1)
      .xrevrange(keys.audit, '+', '-', 'COUNT', AUDIT_SHOWN)
      .time(),
  )
  const answers = { meta, refresh, hubs: hubIds, audit }
  const damaged = [
    ...Object.entries(answers).flatMap(([name, answer]) => (answer === undefined ? [name] : [])),
    ...damagedIn(refresh ?? {}),
    ...(meta?.['revision'] !== undefined && revisionOf(meta['revision'], now) === undefined
      ? ['revision']
      : []),
  ]
  return {
    environment,
    now: new Date(now).toISOString(),
    current: revisionMetaOf(meta ?? {}, now),
    refresh: refreshStatusOf(refresh ?? {}),
    hubs: await readHubs(place, hubIds ?? []),
    audit: (audit ?? []).map(auditEntryOf),
    ...(damaged.length > 0 && { damaged }),
  }
}

function refreshStatusOf(fields: Record<string, string>): RefreshStatus {
  const { owner, trigger } = fields
  const leaseUntil = timeOf(fields['leaseUntil'])
  const lastFetchAt = timeOf(fields['lastFetchAt'])
  const notBefore = timeOf(fields['notBefore'])
  return {
    requested: numberOf(fields['requested']) ?? 0,
    completed: numberOf(fields['completed']) ?? 0,
    fruitless: numberOf(fields['fruitless']) ?? 0,
    ...(owner !== undefined && { owner }),
    ...(leaseUntil !== undefined && { leaseUntil }),
    ...(lastFetchAt !== undefined && { lastFetchAt }),
    ...(notBefore !== undefined && { notBefore }),
    ...(trigger !== undefined && { trigger }),
  }
}

/** As `lua/includes/counters.lua` has it. */
function damagedIn(fields: Record<string, string>): string[] {
  const damaged = COUNTERS.filter((name) => name in fields && wholeOf(fields[name]) === undefined)
  const [requested = 0, completed = 0] = [wholeOf(fields['requested']), wholeOf(fields['completed'])]
  return damaged.length === 0 && completed > requested ? ['completed'] : damaged
}

function wholeOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,16}$/.test(text) && Number.isSafeInteger(Number(text))
    ? Number(text)
    : undefined
}
