import { AUDIT_KEPT, type AuditEntry, auditEntryOf } from './audit-log.ts'
import { z } from 'zod'
import { HubError } from '../errors.ts'
import { resultsOf } from './answers.ts'
import { clockSchema, fieldsSchema, revisionOf, streamEntrySchema } from './fields.ts'
import { type Meta, type Published, publishedAtOf, revisionMetaOf } from './meta.ts'
import type { Place } from './place.ts'
import type { LagSummary } from './read-nodes.ts'
import { spreadOf } from './spreads.ts'
import { readTogether } from './together.ts'
import type { SettingsText } from '../product/settings-text.ts'

/** One stored revision, and what the audit stream still knows of its publication. */
export interface RevisionEntry {
  readonly revision: number
  readonly isCurrent: boolean
  /** Whether it is in the list of kept revisions: what is live is not where Redis has lost that, and with it all that was before. */
  readonly isListed: boolean
  readonly publishedAt: string
  readonly bytes: number
  /** Of which product the environment is. */
  readonly product: string | undefined
  /** How many, or of FME how many features; undefined where it was not noted. */
  readonly campaigns: number | undefined
  readonly trigger: string | undefined
  readonly summary: string | undefined
  /** The earlier revision whose content it has, by a rollback. */
  readonly contentOf: number | undefined
  /** Who did it and why, for what people did. */
  readonly as: string | undefined
  readonly reason: string | undefined
  /** How fast it came to the nodes; undefined where no hub has seen that. */
  readonly spread: LagSummary | undefined
}

/** One settings-file as it is stored. */
export interface StoredSettings {
  readonly revision: number
  readonly text: SettingsText
}

const publicationEvents: ReadonlySet<string> = new Set(['publish', 'rollback', 'restored', 'raised'])

// Of another type is as good as gone: a hub begins it anew.
const answersSchema = z.tuple([
  fieldsSchema.default({}),
  z.array(z.string()).default([]),
  z.array(streamEntrySchema).default([]),
  fieldsSchema.default({}),
  fieldsSchema.default({}),
  clockSchema,
])

const revisionsSchema = z.tuple([
  z.string().nullable().default(null),
  z.array(z.string()).default([]),
  clockSchema,
])

/** The kept revisions, newest first. */
export async function readHistory({ redis, keys }: Place): Promise<RevisionEntry[]> {
  const [meta, stored, audit, told, spreads, now] = await readTogether(redis, answersSchema, (batch) =>
    batch
      .hgetall(keys.meta)
      .zrevrange(keys.revisions, 0, -1)
      .xrevrange(keys.audit, '+', '-', 'COUNT', AUDIT_KEPT)
      .hgetall(keys.told)
      .hgetall(keys.spread)
      .time(),
  )
  const current = revisionMetaOf(meta, now)
  const revisions = keptOf(current?.revision, stored, now)
  const publications = new Map<number, AuditEntry>()
  for (const entry of audit.map(auditEntryOf)) {
    // Entries about failures can carry a revision too: only a publication has the revision as its own.
    if (entry.revision !== undefined && publicationEvents.has(entry.what))
      publications.set(entry.revision, entry)
  }
  const sizes = await readSizes({ redis, keys }, revisions)
  return revisions.map((revision, index) => {
    const isCurrent = revision === current?.revision
    const publication: Partial<AuditEntry> =
      toldOf(told[String(revision)]) ?? publications.get(revision) ?? {}
    const { campaigns, trigger, summary, contentOf, as, reason } = publication
    return {
      revision,
      isCurrent,
      isListed: stored.includes(String(revision)),
      publishedAt: publishedAtOf(revision),
      bytes: sizes[index] ?? 0,
      product: current?.product,
      campaigns: isCurrent ? current.campaigns : campaigns,
      trigger,
      summary,
      contentOf,
      as,
      reason,
      spread: spreadOf(spreads[String(revision)]),
    }
  })
}

/** What `lua/includes/make-current.lua` has noted; older hubs have it in the audit alone. */
function toldOf(text: string | undefined): AuditEntry | undefined {
  if (text === undefined) return undefined
  try {
    return auditEntryOf(['0-0', z.array(z.string()).parse(JSON.parse(text))])
  } catch {
    return undefined
  }
}

/** The kept revisions as numbers, newest first. */
export async function readRevisions({ redis, keys }: Place): Promise<number[]> {
  const [current, revisions, now] = await readTogether(redis, revisionsSchema, (batch) =>
    batch.hget(keys.meta, 'revision').zrevrange(keys.revisions, 0, -1).time(),
  )
  return keptOf(revisionOf(current ?? undefined, now), revisions, now)
}

/** As numbers, without those that no hub can have given out; with what is live, though the list of them be lost. */
function keptOf(current: number | undefined, revisions: readonly string[], now: number): number[] {
  const kept = revisions.flatMap((text) => revisionOf(text, now) ?? [])
  return current === undefined || kept.includes(current) ? kept : [current, ...kept]
}

/**
 * One revision's text, exactly as the clients get it.
 *
 * @throws {@link HubError} `not-found` when it is not kept any more.
 */
export async function readSettings(
  { redis, keys, environment }: Place,
  revision: number,
): Promise<StoredSettings> {
  const text = await redis.getBuffer(keys.settingsOf(revision))
  if (text !== null) return { revision, text }
  throw new HubError(
    'not-found',
    `Revision ${revision} of "${environment}" is not kept any more. See "vwo-hub history".`,
  )
}

/** The current settings with their meta, both from one moment. */
export async function readCurrent({ redis, keys }: Place): Promise<Published | undefined> {
  const [text, meta, now] = await readTogether(redis, currentSchema, (batch) =>
    batch.getBuffer(keys.settings).hgetall(keys.meta).time(),
  )
  const revision = revisionOf(meta['revision'], now)
  // Somebody else may have written over it.
  const isWhole = meta['bytes'] === undefined || meta['bytes'] === String(text?.length)
  return text === null || revision === undefined || !isWhole
    ? undefined
    : { text, meta: meta as unknown as Meta, revision }
}

const currentSchema = z.tuple([
  z.instanceof(Buffer).nullable().default(null),
  fieldsSchema.default({}),
  clockSchema,
])

/** The revision of the current settings, 0 for none, and Redis' clock, Unix milliseconds, of the same moment. */
export async function readNewest({
  redis,
  keys,
}: Place): Promise<{ readonly revision: number; readonly now: number }> {
  const [meta, now] = await readTogether(redis, newestSchema, (batch) => batch.hgetall(keys.meta).time())
  return { revision: revisionOf(meta['revision'], now) ?? 0, now }
}

const newestSchema = z.tuple([fieldsSchema.default({}), clockSchema])

async function readSizes(
  { redis, keys }: Pick<Place, 'redis' | 'keys'>,
  revisions: readonly number[],
): Promise<number[]> {
  if (revisions.length === 0) return []
  const pipeline = redis.pipeline()
  for (const revision of revisions) pipeline.strlen(keys.settingsOf(revision))
  return z.array(z.number()).parse(resultsOf(await pipeline.exec()))
}
