import { html } from 'hono/html'
import type { AuditEntry } from '../../environment/audit-log.ts'
import type { RevisionEntry } from '../../environment/read-history.ts'
import { plainText } from '../../text/plain-text.ts'
import type { Tone } from '../../operate/look.ts'
import { clock, type Html, nothing, outside, since } from './html.ts'
import { pill } from './layout.ts'

/** What only Redis knows. */
export const notKnown = html`<p class="note">Not known: Redis has to tell, and does not answer.</p>`

const tones: Readonly<Record<string, Tone>> = {
  publish: 'good',
  release: 'good',
  recovered: 'good',
  restored: 'busy',
  rollback: 'warn',
  pin: 'warn',
  pinned: 'warn',
  hold: 'warn',
  refused: 'bad',
  failed: 'bad',
  'webhook-refused': 'bad',
}

/** The last events, newest first. */
export function auditList(
  audit: readonly AuditEntry[] | undefined,
  history: readonly RevisionEntry[],
  now: string,
): Html {
  if (audit === undefined) return notKnown
  if (audit.length === 0) return html`<p class="note">Nothing has happened yet.</p>`
  const kept = new Set(history.map(({ revision }) => revision))
  return html`<ol class="entries compact">
    ${audit.map(
      (entry) =>
        html`<li id="event-${entry.id}">
          <div class="entry-head">
            ${pill(Object.hasOwn(tones, entry.what) ? (tones[entry.what] ?? 'none') : 'none', plainText(entry.what, 40))}
            <span class="note">${since(entry.at, now)}, ${clock(entry.at)}</span>
          </div>
          <p>${whatOf(entry, kept)}<span class="note">${actor(entry)}</span></p>
        </li>`,
    )}
  </ol>`
}

/** A publication is told by the history already. */
function whatOf({ what, revision, summary }: AuditEntry, kept: ReadonlySet<number>): Html {
  if (what !== 'publish' || revision === undefined || !kept.has(revision)) return outside(summary)
  return html`Revision <a class="mono" href="#revision-${revision}">${revision}</a>`
}

/** Who did it, and why. */
export function actor({ as, reason }: Pick<AuditEntry, 'as' | 'reason'>): Html {
  if (as === undefined) return nothing
  return html`, by ${outside(as, 80)}${reason !== undefined && html`: “${outside(reason, 300)}”`}`
}
