import { html } from 'hono/html'
import type { RevisionDiff } from '../../operate/diff.ts'
import { changeList } from './changes.ts'
import { clock, type Html } from './html.ts'
import { liveMoves, movesSection, type PageMoves } from './moves-view.ts'
import { publishedAtOf } from '../../environment/meta.ts'
import { type Around, page } from './layout.ts'

/** What one revision changed. */
export function revisionPage(
  diff: RevisionDiff,
  options: Pick<Around, 'root' | 'frame'> & {
    readonly isCurrent: boolean
    readonly moves: PageMoves
    /** What of the changes is shown; as the address has it. */
    readonly query: Readonly<Record<string, string>>
  },
): Html {
  const { environment, from, to } = diff
  const base = `${options.root}environments/${environment}`
  const main = html`<section class="narrow wide">
    <p><a href="${base}">← ${environment}</a></p>
    <h1>${typeof to === 'number' ? 'What changed' : 'What would change'}</h1>
    <p class="note">
      ${described(to)}, against
      ${typeof from === 'number' ? html`<span class="mono">${from}</span> of ${clock(publishedAtOf(from))}` : from}.
    </p>
    ${movesSection(options.moves, `?against=${from}&moves=1`)}
    ${changeList(diff, { address: String(to), query: { ...options.query, against: String(from) } })}
    <p class="acts">${actsOn(base, diff, options)}</p>
  </section>`
  return page({
    title: `${environment}: ${typeof to === 'number' ? 'revision ' : ''}${to}`,
    root: options.root,
    main,
    frame: options.frame,
    ...liveMoves(options.moves),
  })
}

function described(revision: RevisionDiff['to']): Html {
  switch (revision) {
    case 'held':
      return html`What the guard holds back`
    case 'waiting':
      return html`What waits for the end of the pin`
    default:
      return html`Published ${clock(publishedAtOf(revision))}: revision <span class="mono">${revision}</span>`
  }
}

function actsOn(
  base: string,
  { from, to }: Pick<RevisionDiff, 'from' | 'to'>,
  { isCurrent, query }: { readonly isCurrent: boolean; readonly query: Readonly<Record<string, string>> },
): Html {
  // The address may name any other revision.
  const before = query['against'] === undefined ? 'the one before' : `revision ${from}`
  switch (to) {
    case 'held':
      return html`<a class="button primary" href="${base}/pin">Keep it out: pin…</a>
        <a class="button" href="${base}/release">Release…</a>`
    case 'waiting':
      return html`<a class="button" href="${base}/unpin">Unpin…</a>`
    default:
      return isCurrent
        ? html`<a class="button" href="${base}/rollback?to=${from}">Roll back to ${before}…</a>`
        : html`<a class="button" href="${base}/rollback?to=${to}">Roll back to it…</a>`
  }
}
