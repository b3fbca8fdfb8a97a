import { html } from 'hono/html'
import type { RevisionEntry } from '../../environment/read-history.ts'
import { size } from '../../text/wording.ts'
import { unitsInWords } from '../../product/public-names.ts'
import { actor, notKnown } from './events-list.ts'
import { clock, type Html, outside, since, whatChanged } from './html.ts'
import { pill } from './layout.ts'
import { spreadPicture } from './pictures-over-time.ts'

/** The kept revisions, newest first, one line each: what it changed and when, and in its menu the way back to it. */
export function historyList(base: string, history: readonly RevisionEntry[] | undefined, now: string): Html {
  if (history === undefined) return notKnown
  if (history.length === 0) return html`<p class="note">Nothing has been published yet.</p>`
  return html`<ol class="entries lines">
    ${history.map((entry, index) => revisionItem(base, entry, index === history.length - 1, now))}
  </ol>`
}

function revisionItem(base: string, entry: RevisionEntry, isOldest: boolean, now: string): Html {
  const { revision, isCurrent, publishedAt, summary, trigger, campaigns, product = '', bytes, spread } = entry
  const what =
    summary === undefined ? html`<span class="note">not known any more</span>` : whatChanged(summary)
  return html`<li id="revision-${revision}">
    <span class="line">
      ${
        isOldest
          ? what
          : html`<a href="${base}/revisions/${revision}"
              ><span class="hidden">What changed: </span>${what}</a
            >`
      }
    </span>
    ${isCurrent && pill('good', 'live')} ${spread !== undefined && spreadPicture(spread)}
    <span class="note"
      >${since(publishedAt, now)}${trigger !== undefined && html`, by ${outside(trigger, 20)}`}</span
    >
    <details class="menu">
      <summary>
        <span aria-hidden="true">⋯</span><span class="hidden">More of revision ${revision}</span>
      </summary>
      <div class="card">
        <p class="note">
          Revision <span class="mono">${revision}</span>, ${clock(publishedAt)},
          ${campaigns !== undefined && `${unitsInWords(campaigns, product)}, `}${size(bytes)}${actor(entry)}
        </p>
        ${
          !isCurrent &&
          html`<a class="button quiet" href="${base}/rollback?to=${revision}"
            >Roll back<span class="hidden"> to revision ${revision}</span>…</a
          >`
        }
      </div>
    </details>
  </li>`
}
