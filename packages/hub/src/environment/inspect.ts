/**
 * What an operator may read of one environment. Everything comes from Redis, so it works while no hub runs, and
 * everything is read-only.
 *
 * @module
 */
import { type Keys, keysOf } from '@vwo-hub/protocol'
import { z } from 'zod'
import { HubError } from '../errors.ts'
import { resultsOf } from './answers.ts'
import { type AuditEntry, auditEntryOf, publishedAtOf, type RevisionMeta, revisionMetaOf } from './fields.ts'
import { type HubReport, hubReportOf, type RefreshStatus, refreshStatusOf } from './reports.ts'
import type { RedisConnection } from './connection.ts'
import { AUDIT_KEPT } from './audit-entry.ts'

export type { AuditEntry, HubReport, RefreshStatus, RevisionMeta }

/** How many audit entries a status carries. */
const auditShown = 10

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
}

/** One stored revision, and what the audit stream still knows of its publication. */
export interface RevisionEntry {
  readonly revision: number
  readonly isCurrent: boolean
  readonly publishedAt: string
  readonly bytes: number
  /** How many; undefined where it was not noted. */
  readonly campaigns: number | undefined
  readonly trigger: string | undefined
  readonly summary: string | undefined
  /** Who did it and why, for what people did. */
  readonly as: string | undefined
  readonly reason: string | undefined
}

/** One settings-file as it is stored. */
export interface StoredSettings {
  readonly revision: number
  readonly text: string
}

/** Reads everything about an environment in two round trips, the first of them atomic. */
export async function readStatus(
  redis: RedisConnection,
  environment: string,
  prefix: string,
): Promise<EnvironmentStatus> {
  const keys = keysOf(environment, prefix)
  const [meta, refresh, hubIds, audit, now] = statusAnswers.parse(
    resultsOf(
      await redis
        .multi()
        .hgetall(keys.meta)
        .hgetall(keys.refresh)
        .zrevrange(keys.hubs, 0, -1)
        .xrevrange(keys.audit, '+', '-', 'COUNT', auditShown)
        .time()
        .exec(),
    ),
  )
  return {
    environment,
    now: new Date(now[0] * 1000 + Math.floor(now[1] / 1000)).toISOString(),
    current: revisionMetaOf(meta),
    refresh: refreshStatusOf(refresh),
    hubs: await readHubs(redis, keys, hubIds),
    audit: audit.map(auditEntryOf),
  }
}

/** The kept revisions, newest first. */
export async function readHistory(
  redis: RedisConnection,
  environment: string,
  prefix: string,
): Promise<RevisionEntry[]> {
  const keys = keysOf(environment, prefix)
  const [meta, revisions, audit] = historyAnswers.parse(
    resultsOf(
      await redis
        .multi()
        .hgetall(keys.meta)
        .zrevrange(keys.revisions, 0, -1)
        .xrevrange(keys.audit, '+', '-', 'COUNT', AUDIT_KEPT)
        .exec(),
    ),
  )
  const current = revisionMetaOf(meta)
  const publications = new Map<number, AuditEntry>()
  for (const entry of audit.map(auditEntryOf)) {
    // Entries about failures can carry a revision too: only a publication has the revision as its own.
    if (entry.revision !== undefined && publicationEvents.has(entry.what))
      publications.set(entry.revision, entry)
  }
  const sizes = await readSizes(redis, keys, revisions)
  return revisions.map((text, index) => {
    const revision = Number(text)
    const isCurrent = revision === current?.revision
    const publication = publications.get(revision)
    return {
      revision,
      isCurrent,
      publishedAt: publishedAtOf(revision),
      bytes: sizes[index] ?? 0,
      campaigns: isCurrent ? current.campaigns : publication?.campaigns,
      trigger: publication?.trigger,
      summary: publication?.summary,
      as: publication?.as,
      reason: publication?.reason,
    }
  })
}

/** The kept revisions as numbers, newest first. */
export async function readRevisions(
  redis: RedisConnection,
  environment: string,
  prefix: string,
): Promise<number[]> {
  const revisions = await redis.zrevrange(keysOf(environment, prefix).revisions, 0, -1)
  return revisions.map(Number)
}

/**
 * One revision's text, exactly as the clients get it.
 *
 * @throws {@link HubError} `not-found` when it is not kept any more.
 */
export async function readSettings(
  redis: RedisConnection,
  environment: string,
  prefix: string,
  revision: number,
): Promise<StoredSettings> {
  const text = await redis.get(keysOf(environment, prefix).settingsOf(revision))
  if (text !== null) return { revision, text }
  throw new HubError(
    'not-found',
    `Revision ${revision} of "${environment}" is not kept any more. See "vwo-hub history".`,
  )
}

/** The audit entries after one of them, oldest first. */
export async function readAuditAfter(
  redis: RedisConnection,
  environment: string,
  prefix: string,
  id: string,
): Promise<AuditEntry[]> {
  const entries = await redis.xrange(keysOf(environment, prefix).audit, `(${id}`, '+')
  return entries.map(auditEntryOf)
}

const publicationEvents: ReadonlySet<string> = new Set(['publish', 'rollback', 'restored'])

const fields = z.record(z.string(), z.string())
const streamEntry = z.tuple([z.string(), z.array(z.string())])
const statusAnswers = z.tuple([
  fields,
  fields,
  z.array(z.string()),
  z.array(streamEntry),
  z.tuple([z.coerce.number(), z.coerce.number()]),
])
const historyAnswers = z.tuple([fields, z.array(z.string()), z.array(streamEntry)])

async function readHubs(redis: RedisConnection, keys: Keys, ids: readonly string[]): Promise<HubReport[]> {
  if (ids.length === 0) return []
  const pipeline = redis.pipeline()
  for (const id of ids) pipeline.hgetall(keys.hub(id))
  const reports = z.array(fields).parse(resultsOf(await pipeline.exec()))
  return ids.flatMap((id, index) => hubReportOf(id, reports[index] ?? {}) ?? [])
}

async function readSizes(
  redis: RedisConnection,
  keys: Keys,
  revisions: readonly string[],
): Promise<number[]> {
  if (revisions.length === 0) return []
  const pipeline = redis.pipeline()
  for (const revision of revisions) pipeline.strlen(keys.settingsOf(Number(revision)))
  return z.array(z.number()).parse(resultsOf(await pipeline.exec()))
}
