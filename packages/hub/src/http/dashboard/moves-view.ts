import { setTimeout as delay } from 'node:timers/promises'
import { html } from 'hono/html'
import type { EnvironmentView } from '../../operate/environment-view.ts'
import type { RevisionDiff } from '../../operate/diff.ts'
import { HubError } from '../../errors.ts'
import type { Preview } from '../../product/preview/preview.ts'
import { unitInWords } from '../../product/preview/moves-in-words.ts'
import { counted } from '../../text/words.ts'
import { type Html, outside } from './html.ts'
import { type PageOptions, section } from './layout.ts'

/** So many units are shown, those first of which users move. */
const SHOWN_UNITS = 50
/** So many flows of one unit are shown. */
const SHOWN_FLOWS = 4
/** How soon a page asks again while something is being found out, in milliseconds. */
export const LOOK_AGAIN_MS = 1000

/** A page waits so long for whom a revision moves, in milliseconds; it is shown without, and fills in, after that. */
const PATIENCE_MS = 1000

/** Whom a revision moves, as far as a page knows it. */
export type PageMoves =
  | { readonly state: 'not-asked' }
  | { readonly state: 'known'; readonly preview: Preview }
  /** It is being found out: the page asks again. */
  | { readonly state: 'deciding' }
  | { readonly state: 'failed'; readonly reason: string }

/**
 * Only when a page is asked for it: it takes a moment, and may take long where much changes.
 *
 * @throws {@link HubError} `not-found`, `redis-unreachable`
 */
export async function movesIfAsked(
  { moves }: Readonly<Record<string, string>>,
  environment: EnvironmentView,
  { to, from }: Pick<RevisionDiff, 'to' | 'from'>,
): Promise<PageMoves> {
  if (moves !== '1') return { state: 'not-asked' }
  const patience = new AbortController()
  try {
    return await Promise.race<PageMoves>([
      environment
        .moves(String(to), String(from), patience.signal)
        .then((preview) => ({ state: 'known', preview }), failedMoves),
      delay(PATIENCE_MS, { state: 'deciding' }, { signal: patience.signal }),
    ])
  } finally {
    patience.abort()
  }
}

/** The page is of use without: it says why, and offers to try again. */
function failedMoves(error: unknown): PageMoves {
  if (error instanceof HubError && (error.code === 'timeout' || error.code === 'not-possible')) {
    return { state: 'failed', reason: error.message }
  }
  throw error
}

/** How a page that shows it is kept current: it asks again until there is an answer. */
export function liveMoves({ state }: PageMoves): Pick<PageOptions, 'live'> {
  return state === 'deciding' ? { live: { everyMs: LOOK_AGAIN_MS } } : {}
}

/** Who gets something else. It takes a moment to find out, so it is asked for by a link. */
export function movesSection(moves: PageMoves, askPath: string): Html {
  const link = (text: string): Html => html`<p><a class="button quiet" href="${askPath}">${text}</a></p>`
  switch (moves.state) {
    case 'not-asked':
      return link('Who moves?')
    case 'deciding':
      return filling('Being decided by the real SDK.', html`<p>Being decided by the real SDK…</p>`)
    case 'failed':
      return filling(
        'It could not be decided.',
        html`<p class="fault">${outside(moves.reason)}</p>
          ${link('Try again')}`,
      )
    case 'known':
      return filling('Who moves is known.', knownMoves(moves.preview))
  }
}

/** What a page fills in while it is open: the script takes over this part alone, so that forms stay as they are. */
function filling(announce: string, content: Html): Html {
  return section(html`class="plain" data-live data-announce="${announce}"`, 'moves', 'Who moves', content)
}

function knownMoves(preview: Preview): Html {
  const { noun, users, units, undecided = 0 } = preview
  const told = units.map((unit) => ({ unit, words: unitInWords(unit) }))
  const shown = told
    .toSorted((a, b) => Number(b.words.moving.length > 0) - Number(a.words.moving.length > 0))
    .slice(0, SHOWN_UNITS)
  const more = units.length - shown.length
  return html`${
      units.length + undecided === 0
        ? html`<p>Nobody: nothing decides otherwise.</p>`
        : html`<dl class="changes">
            ${shown.map(({ unit, words: { moving, still, unknown } }) => {
              return html`<div class="change ${moving.length > 0 ? 'moving' : 'still'}">
                <dt>${outside(unit.unit, 80)}</dt>
                ${moving.map(
                  ({ text, flows }) =>
                    html`<dd>${outside(text)}</dd>
                      ${flows.slice(0, SHOWN_FLOWS).map((flow) => html`<dd class="note">${outside(flow)}</dd>`)}`,
                )}
                ${still !== undefined && html`<dd>${outside(still)}</dd>`}
                ${unknown !== undefined && html`<dd class="fault">${outside(unknown)}</dd>`}
              </div>`
            })}
          </dl>`
    }
    ${more > 0 && html`<p class="note">And ${more} more, which are not shown.</p>`}
    ${undecided > 0 && html`<p class="note">There was no time for ${counted(undecided, noun)} more.</p>`}
    <p class="note">Decided for ${counted(users, 'user')} by the real SDK.</p>`
}
