/**
 * - `ok`
 * - `warning`: works, but something should be known or done
 * - `failure`: something is wrong
 * - `skipped`: could not be looked at from here
 */
export type FindingState = 'ok' | 'warning' | 'failure' | 'skipped'

/** What one check came to, in one line. Without secrets. */
export interface Finding {
  /** `redis`, `vwo`, `webhook` … */
  readonly check: string
  /** Absent for what is the same for all of them. */
  readonly environment?: string
  readonly state: FindingState
  readonly text: string
  /** What to do about it. */
  readonly remedy?: string
}

export function ok(check: string, text: string): Finding {
  return { check, state: 'ok', text }
}

export function warning(check: string, text: string, remedy: string): Finding {
  return { check, state: 'warning', text, remedy }
}

export function failure(check: string, text: string, remedy: string): Finding {
  return { check, state: 'failure', text, remedy }
}

export function skipped(check: string, text: string, remedy?: string): Finding {
  return { check, state: 'skipped', text, ...(remedy !== undefined && { remedy }) }
}
