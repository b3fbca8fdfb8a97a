import { html } from 'hono/html'
import { size } from '../../text/wording.ts'
import type { AuditEntry } from '../../environment/audit-log.ts'
import type { RevisionEntry } from '../../environment/read-history.ts'
import { plainText } from '../../text/plain-text.ts'
import { counted } from '../../text/words.ts'
import type { Tone } from '../../operate/look.ts'
import { clock, type Html, nothing, outside, since } from './html.ts'
import { pill } from './layout.ts'

const notKnown = html`<p class="note">Not known: Redis has to tell, and does not answer.</p>`

/** The kept revisions, newest first: what each changed, and the way back to it. */
export function historyList(base: string, history: readonly RevisionEntry[] | undefined, now: string): Html {
  if (history === undefined) return notKnown
  if (history.length === 0) return html`<p class="note">Nothing has been published yet.</p>`
  return html`<ol class="entries">
    ${history.map((entry, index) => revisionItem(base, entry, index === history.length - 1, now))}
  </ol>`
}

function revisionItem(base: string, entry: RevisionEntry, isOldest: boolean, now: string): Html {
  const { revision, isCurrent, publishedAt, summary, trigger, campaigns, bytes } = entry
  return html`<li id="revision-${revision}">
    <div class="entry-head">
      <span class="mono strong">${revision}</span>
      ${isCurrent ? pill('good', 'live') : nothing}
      <span class="note">${since(publishedAt, now)}, ${clock(publishedAt)}</span>
    </div>
    <p>${summary === undefined ? html`<span class="note">not known any more</span>` : outside(summary)}</p>
    <div class="entry-foot">
      <span class="note">
        ${trigger === undefined ? nothing : html`by ${outside(trigger, 20)}, `}${
          campaigns === undefined ? nothing : `${counted(campaigns, 'campaign')}, `
        }${size(bytes)}${actor(entry)}
      </span>
      <span class="actions">
        ${
          isOldest
            ? nothing
            : html`<a class="button quiet" href="${base}/revisions/${revision}"
                >What changed<span class="hidden"> in revision ${revision}</span></a
              >`
        }
        ${
          isCurrent
            ? nothing
            : html`<a class="button quiet" href="${base}/rollback?to=${revision}"
                >Roll back<span class="hidden"> to revision ${revision}</span>…</a
              >`
        }
      </span>
    </div>
  </li>`
}

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

function actor({ as, reason }: Pick<AuditEntry, 'as' | 'reason'>): Html {
  if (as === undefined) return nothing
  return html`, by ${outside(as, 80)}${reason === undefined ? nothing : html`: “${outside(reason, 300)}”`}`
}
