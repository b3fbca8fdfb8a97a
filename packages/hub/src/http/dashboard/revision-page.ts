import { html } from 'hono/html'
import type { RevisionDiff } from '../../operate/diff.ts'
import { changeList } from './changes.ts'
import { clock, type Html } from './html.ts'
import { liveMoves, movesSection, type PageMoves } from './moves-view.ts'
import { publishedAtOf } from '../../environment/meta.ts'
import { type Frame, page } from './layout.ts'

/** What one revision changed. */
export function revisionPage(
  diff: RevisionDiff,
  options: {
    /** From this page to the root of the listener. */
    readonly root: string
    readonly isCurrent: boolean
    readonly moves: PageMoves
    /** What of the changes is shown; as the address has it. */
    readonly query: Readonly<Record<string, string>>
    readonly frame: Frame | undefined
  },
): Html {
  const { environment, from, to } = diff
  const base = `${options.root}environments/${environment}`
  const main = html`<section class="narrow wide">
    <p><a href="${base}">← ${environment}</a></p>
    <h1>What changed</h1>
    <p class="note">
      Published ${clock(publishedAtOf(to))}: revision <span class="mono">${to}</span>, against
      <span class="mono">${from}</span> of ${clock(publishedAtOf(from))}.
    </p>
    ${movesSection(options.moves, `?against=${from}&moves=1`)}
    ${changeList(diff, { address: String(to), query: { ...options.query, against: String(from) } })}
    <p class="acts">
      ${
        options.isCurrent
          ? html`<a class="button" href="${base}/rollback?to=${from}">Roll back to the one before…</a>`
          : html`<a class="button" href="${base}/rollback?to=${to}">Roll back to it…</a>`
      }
    </p>
  </section>`
  return page({
    title: `${environment}: revision ${to}`,
    root: options.root,
    main,
    frame: options.frame,
    ...liveMoves(options.moves),
  })
}
