import { numberOf, type StreamEntry } from './fields.ts'
import type { Place } from './place.ts'

/** About how many entries the audit stream keeps. */
export const AUDIT_KEPT = 1000

/** One event: `what` happened, a `summary` in words, and what else is known of it. */
export interface AuditInput {
  readonly what: string
  readonly summary: string
  readonly [field: string]: string
}

/** One event as it is kept. */
export interface AuditEntry {
  /** Place in the stream. */
  readonly id: string
  /** ISO 8601 UTC, by Redis' clock. */
  readonly at: string
  /** `publish`, `rollback`, `pin`, `pinned`, `unpin`, `hold`, `release`, `refused`, `failed`, `recovered`, `restored`, `raised` … */
  readonly what: string
  readonly revision: number | undefined
  readonly summary: string
  readonly trigger: string | undefined
  readonly campaigns: number | undefined
  /** The earlier revision whose content a rollback has published again. */
  readonly contentOf: number | undefined
  /** Who did it. Only for acts of people. */
  readonly as: string | undefined
  /** Why. Only for acts of people. */
  readonly reason: string | undefined
}

/** Names and values in turn, as a stream takes them; `what` comes first. */
export function entryOf({ what, ...fields }: AuditInput): string[] {
  return ['what', what, ...Object.entries(fields).flat()]
}

/** The last moment that a `Date` knows, Unix milliseconds: an id may be of a later one. */
const LATEST_MS = 8.64e15

/** @param entry - As `XRANGE` answers: the id, then names and values in turn. */
export function auditEntryOf([id, list]: StreamEntry): AuditEntry {
  const fields = new Map<string | undefined, string | undefined>()
  for (let index = 0; index < list.length; index += 2) fields.set(list[index], list[index + 1])
  return {
    id,
    at: new Date(Math.min(Number(id.split('-')[0]), LATEST_MS)).toISOString(),
    what: fields.get('what') ?? '',
    revision: numberOf(fields.get('revision')),
    summary: fields.get('summary') ?? '',
    trigger: fields.get('trigger'),
    campaigns: numberOf(fields.get('campaigns')),
    contentOf: numberOf(fields.get('contentOf')),
    as: fields.get('as'),
    reason: fields.get('reason'),
  }
}

export async function note({ redis, keys }: Place, entry: AuditInput): Promise<void> {
  await redis.xadd(keys.audit, 'MAXLEN', '~', AUDIT_KEPT, '*', ...entryOf(entry))
}

/** The entries after one of them, oldest first. */
export async function readAuditAfter({ redis, keys }: Place, id: string): Promise<AuditEntry[]> {
  const entries = await redis.xrange(keys.audit, `(${id}`, '+')
  return entries.map(auditEntryOf)
}
