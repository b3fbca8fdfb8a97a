/**
 * What the hashes and the stream of an environment hold, as typed values. Other programs may write there too, so
 * nothing that is missing or odd is an error.
 *
 * @module
 */

/** What is known about the published revision. Times are ISO 8601 UTC. */
export interface RevisionMeta {
  readonly revision: number
  readonly sha256: string
  readonly bytes: number
  readonly campaigns: number
  readonly publishedAt: string
  readonly fetchedAt: string
  /** The last time that VWO was asked and answered well. */
  readonly checkedAt: string
  readonly trigger: string
  readonly accountId: string
  readonly protocol: number
  /** Which SDK's format was asked for: `vwo-node-sdk/1.73.0`. */
  readonly sdk: string
  /** The revision whose content this is. Only after a rollback. */
  readonly contentOf?: number
  /** Until then nothing new is published. Only while pinned. */
  readonly pinnedUntil?: string
  /** What VWO has instead would change this. Only while pinned. */
  readonly waiting?: string
  readonly waitingSha256?: string
  /** Why a valid settings-file is not published. Only while the guard holds one back. */
  readonly held?: string
  readonly heldSha256?: string
  readonly heldSince?: string
  /** Then it is released by itself. */
  readonly heldUntil?: string
}

/** Fields that are there only while they mean something. */
const standing = [
  'pinnedUntil',
  'waiting',
  'waitingSha256',
  'held',
  'heldSha256',
  'heldSince',
  'heldUntil',
] as const

/** One event. */
export interface AuditEntry {
  /** Place in the stream. */
  readonly id: string
  /** ISO 8601 UTC, by Redis' clock. */
  readonly at: string
  /** `publish`, `rollback`, `pin`, `pinned`, `unpin`, `hold`, `release`, `refused`, `failed`, `recovered`, `restored` … */
  readonly what: string
  readonly revision: number | undefined
  readonly summary: string
  readonly trigger: string | undefined
  readonly campaigns: number | undefined
  /** Who did it. Only for acts of people. */
  readonly as: string | undefined
  /** Why. Only for acts of people. */
  readonly reason: string | undefined
}

/** A revision is the time of its publication, by Redis' clock. */
export const publishedAtOf = (revision: number): string => new Date(revision).toISOString()

export function revisionMetaOf(fields: Record<string, string>): RevisionMeta | undefined {
  const revision = numberOf(fields['revision'])
  if (revision === undefined) return undefined
  const contentOf = numberOf(fields['contentOf'])
  return {
    revision,
    sha256: fields['sha256'] ?? '',
    bytes: numberOf(fields['bytes']) ?? 0,
    campaigns: numberOf(fields['campaigns']) ?? 0,
    publishedAt: publishedAtOf(revision),
    fetchedAt: fields['fetchedAt'] ?? '',
    checkedAt: fields['checkedAt'] ?? '',
    trigger: fields['trigger'] ?? '',
    accountId: fields['accountId'] ?? '',
    protocol: numberOf(fields['protocol']) ?? 0,
    sdk: fields['sdk'] ?? '',
    ...(contentOf !== undefined && { contentOf }),
    ...Object.fromEntries(
      standing.flatMap((name) => (fields[name] === undefined ? [] : [[name, fields[name]]])),
    ),
  }
}

/** @param entry - As `XRANGE` answers: the id, then names and values in turn. */
export function auditEntryOf([id, list]: [id: string, list: string[]]): AuditEntry {
  const fields = new Map<string | undefined, string | undefined>()
  for (let index = 0; index < list.length; index += 2) fields.set(list[index], list[index + 1])
  return {
    id,
    at: new Date(Number(id.split('-')[0])).toISOString(),
    what: fields.get('what') ?? '',
    revision: numberOf(fields.get('revision')),
    summary: fields.get('summary') ?? '',
    trigger: fields.get('trigger'),
    campaigns: numberOf(fields.get('campaigns')),
    as: fields.get('as'),
    reason: fields.get('reason'),
  }
}

/** A whole number that is not negative, else undefined. */
export function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

/** Unix milliseconds as ISO 8601 UTC. */
export function timeOf(text: string | undefined): string | undefined {
  const milliseconds = numberOf(text)
  return milliseconds === undefined || milliseconds === 0 ? undefined : new Date(milliseconds).toISOString()
}
