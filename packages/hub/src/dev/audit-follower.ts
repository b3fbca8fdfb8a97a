import { setTimeout as delay } from 'node:timers/promises'
import type { AuditEntry } from '../environment/audit-log.ts'
import type { Environment } from '../environment/environment.ts'
import type { RevisionMeta } from '../environment/meta.ts'

/** How often is looked, in milliseconds. */
const LOOK_MS = 200

/**
 * Calls back for each event of an environment from now on, with what is published after it, across interruptions.
 *
 * @returns Ends following.
 */
export function followAudit(
  { read }: Pick<Environment, 'read'>,
  onEntry: (entry: AuditEntry, current: RevisionMeta | undefined) => void,
): () => Promise<void> {
  const closing = new AbortController()
  let last: string | undefined

  async function follow(): Promise<void> {
    while (!closing.signal.aborted) {
      try {
        last ??= (await read.status()).audit[0]?.id ?? '0-0'
        const entries = await read.auditAfter(last)
        const current = entries.length === 0 ? undefined : (await read.status()).current
        for (const entry of entries) {
          last = entry.id
          onEntry(entry, current)
        }
      } catch {
        // Told by the hub already; it is looked again.
      }
      await delay(LOOK_MS, undefined, { signal: closing.signal }).catch(() => {})
    }
  }

  const followed = follow()
  return async () => {
    closing.abort()
    await followed
  }
}
