/** About how many entries the audit stream keeps. */
export const AUDIT_KEPT = 1000

/** One event: `what` happened, a `summary` in words, and what else is known of it. */
export interface AuditInput {
  readonly what: string
  readonly summary: string
  readonly [field: string]: string
}

/** Names and values in turn, as a stream takes them; `what` comes first. */
export function entryOf({ what, ...fields }: AuditInput): string[] {
  return ['what', what, ...Object.entries(fields).flat()]
}
