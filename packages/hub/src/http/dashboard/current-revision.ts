import { html } from 'hono/html'
import type { RevisionMeta } from '../../environment/meta.ts'
import type { RevisionEntry } from '../../environment/read-history.ts'
import type { Snapshot, Unreachable } from '../../operate/snapshot.ts'
import { unitsInWords } from '../../product/public-names.ts'
import { size } from '../../text/wording.ts'
import { counted } from '../../text/words.ts'
import { clock, type Html, outside, since, whatChanged } from './html.ts'
import { card } from './layout.ts'

/** What changed last, and when: the number of the revision is for looking it up. */
export function headline(
  base: string,
  { revision, publishedAt, trigger, contentOf }: RevisionMeta,
  newest: Pick<RevisionEntry, 'summary' | 'as'> | undefined,
  { propagation, now }: Pick<Snapshot, 'propagation' | 'now'>,
): Html {
  const { summary, as } = newest ?? {}
  return html`<section class="plain headline" aria-label="Last change">
    <p class="summary">
      ${summary === undefined ? 'What changed last is not known any more' : whatChanged(summary)}
    </p>
    <p class="note">
      ${since(publishedAt, now)}, by
      ${outside(trigger, 20)}${as !== undefined && html` of ${outside(as, 80)}`}${contentOf !== undefined && html`, to <span class="mono">${contentOf}</span>`}.
      <a href="${base}/revisions/${revision}">Revision <span class="mono" id="revision">${revision}</span></a
      >${
        propagation !== undefined &&
        propagation.nodes.length > 0 &&
        html`, on
          <a href="#nodes-title">${propagation.current} of ${counted(propagation.nodes.length, 'node')}</a>`
      }
    </p>
  </section>`
}

/** The file that is live. */
export function revisionCard(current: RevisionMeta, now: string): Html {
  const { publishedAt, campaigns, bytes, sha256, checkedAt, warnings = [], warningCount = 0 } = current
  const others = warningCount - warnings.length
  return card(
    'revision',
    'Settings-file',
    html`<p>${unitsInWords(campaigns, current.product)}, ${size(bytes)}, published ${clock(publishedAt)}.</p>
      <p class="note">
        Checked ${since(checkedAt, now)}, sha256 <span class="mono">${outside(sha256.slice(0, 12))}</span>
      </p>
      ${warnings.map((text) => html`<p class="fault">${outside(text)}</p>`)}
      ${others > 0 && html`<p class="note">And ${counted(others, 'more warning')}.</p>`}`,
  )
}

/** Where nothing is live, or nobody knows what. */
export function emptyCard(unreachable: Unreachable | undefined): Html {
  const [figure, note] =
    unreachable !== undefined && unreachable.asOf === undefined
      ? ['not known', 'Redis has to tell: this hub has none in its memory.']
      : [
          'none',
          'The first settings that pass the check will be published. Events below say what came of it.',
        ]
  return card(
    'revision',
    'Revision',
    html`<p class="figure none">${figure}</p>
      <p class="note">${note}</p>`,
  )
}
