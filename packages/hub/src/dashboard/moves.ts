import { html } from 'hono/html'
import type { EnvironmentView } from '../admin/view.ts'
import type { RevisionDiff } from '../diff.ts'
import { movingOf, type Preview } from '../preview.ts'
import { flowInWords, movesInWords } from '../preview/words.ts'
import { counted } from '../summary/words.ts'
import { type Html, nothing, outside } from './html.ts'

/** So many flows of one campaign are shown. */
const SHOWN_FLOWS = 4

/** Only when a page is asked for it: it takes a moment. */
export async function movesIfAsked(
  { moves }: Readonly<Record<string, string>>,
  environment: EnvironmentView,
  { to, from }: Pick<RevisionDiff, 'to' | 'from'>,
): Promise<Preview | undefined> {
  return moves === '1' ? await environment.moves(String(to), String(from)) : undefined
}

/** Who gets something else. It takes a moment to find out, so it is asked for by a link. */
export function movesSection(preview: Preview | undefined, askPath: string): Html {
  if (preview === undefined) {
    return html`<p><a class="button quiet" href="${askPath}">Who moves?</a></p>`
  }
  const { users, campaigns } = preview
  return html`<section class="plain" aria-labelledby="moves-title">
    <h2 id="moves-title">Who moves</h2>
    ${
      campaigns.length === 0
        ? html`<p>Nobody: no campaign decides otherwise.</p>`
        : html`<dl class="changes">
            ${campaigns.map((campaign) => {
              const flows = campaign.flows.slice(0, SHOWN_FLOWS).map((flow) => flowInWords(flow, users))
              return html`<div class="change ${movingOf(campaign) > 0 ? 'moving' : 'still'}">
                <dt>${outside(campaign.campaign, 80)}</dt>
                <dd>${movesInWords(campaign, users)}</dd>
                ${flows.map((flow) => html`<dd class="note">${outside(flow)}</dd>`)}
                ${campaign.isFitted ? html`<dd class="note">of users made to fit its segment</dd>` : nothing}
              </div>`
            })}
          </dl>`
    }
    <p class="note">Decided for ${counted(users, 'user')} by the real SDK.</p>
  </section>`
}
