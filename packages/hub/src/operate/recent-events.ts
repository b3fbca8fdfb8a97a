import { AUDIT_KEPT, type AuditEntry } from '../environment/audit-log.ts'
import type { EnvironmentStatus } from '../environment/read-status.ts'

/** So many hours are told. */
const HOURS = 24
const hourMs = 3_600_000

const changes: ReadonlySet<string> = new Set(['publish', 'rollback', 'restored', 'raised'])
const failures: ReadonlySet<string> = new Set(['failed', 'refused', 'webhook-refused'])

/** What the audit tells of one hour. */
export interface Hour {
  /** When it began; Unix milliseconds, by Redis' clock. */
  readonly from: number
  /** Publications, rollbacks included. */
  readonly changes: number
  /** Fetches that failed or were refused, and webhooks that were: each is told once while it goes on. */
  readonly failures: number
}

/** The last 24 hours, the oldest first; fewer where the audit does not reach so far back. Undefined where it cannot be read. */
export type ReadRecent = (status: EnvironmentStatus) => Promise<readonly Hour[] | undefined>

/** Reads the audit only when it has got longer. @param auditAfter - The entries after an id, oldest first. */
export function createReadRecent(auditAfter: (id: string) => Promise<readonly AuditEntry[]>): ReadRecent {
  let known: { readonly id: string; readonly entries: Promise<readonly AuditEntry[]> } | undefined
  return async ({ now, audit }) => {
    const end = Date.parse(now)
    const id = `${audit[0]?.id} ${Math.floor(end / hourMs)}`
    if (known?.id !== id) known = { id, entries: auditAfter(`${end - HOURS * hourMs}-0`) }
    try {
      return hoursOf(await known.entries, end)
    } catch {
      known = undefined
      return undefined
    }
  }
}

function hoursOf(entries: readonly AuditEntry[], end: number): Hour[] {
  // As many as are kept may have been more: what was before the first of them is not known.
  const isCut = entries.length >= AUDIT_KEPT
  const reaches = isCut ? Math.ceil((end - Date.parse(entries[0]?.at ?? '')) / hourMs) : HOURS
  const count = Math.min(HOURS, Math.max(1, reaches))
  const hours = Array.from({ length: count }, (_, index) => ({
    from: end - (count - index) * hourMs,
    changes: 0,
    failures: 0,
  }))
  for (const { at, what } of entries) {
    // At the end of the list where the clock was ahead for a moment.
    const hour = hours[count - 1 - Math.max(0, Math.floor((end - Date.parse(at)) / hourMs))]
    if (hour === undefined) continue
    if (changes.has(what)) hour.changes += 1
    if (failures.has(what)) hour.failures += 1
  }
  return hours
}
