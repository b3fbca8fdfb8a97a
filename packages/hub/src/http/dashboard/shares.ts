/**
 * Shares as drawings: a style attribute would need a weaker policy for the whole page. Beside each its numbers are text.
 *
 * @module
 */
import { html } from 'hono/html'
import type { RuleOverview, Share } from '../../product/overview.ts'
import { counted } from '../../text/words.ts'
import { type Html, outside } from './html.ts'

/** So many colours tell shares apart. */
const COLOURS = 6

/** How many of those for whom the segment holds take part. */
export function trafficBar({ traffic }: Pick<RuleOverview, 'traffic'>): Html {
  if (traffic === undefined) return html`<span class="note">paused</span>`
  return html`<span class="share-text">${percent(traffic)}</span
    ><svg class="share" width="100%" height="8" aria-hidden="true">
      <rect class="c0" width="${traffic}%" height="8"></rect>
    </svg>`
}

/** How those who take part are split. */
export function splitBar(split: readonly Share[]): Html {
  const total = split.reduce((sum, { weight }) => sum + weight, 0)
  let x = 0
  const parts = split.map(({ weight }, index) => {
    const width = total === 0 ? 0 : (100 * weight) / total
    x += width
    return html`<rect class="c${index % COLOURS}" x="${x - width}%" width="${width}%" height="8"></rect>`
  })
  return html`<svg class="share" width="100%" height="8" aria-hidden="true">${parts}</svg>`
}

/** The colour that a variation has in {@link splitBar}, beside its name. */
export function swatch(index: number): Html {
  return html`<svg class="share swatch" width="10" height="10" aria-hidden="true">
    <rect class="c${index % COLOURS}" width="10" height="10"></rect>
  </svg>`
}

/** The same in words, in percent: `Control 50 · Green 50`. @param most - So many variations are named. */
export function splitText(split: readonly Share[], most: number): Html {
  const more = split.length - most
  return html`<span class="share-text"
    >${split
      .slice(0, most)
      .map(
        ({ name, weight }, index) => html`${index === 0 ? '' : ' · '}${outside(name)} ${tenths(weight)}`,
      )}${more > 0 && ` and ${counted(more, 'variation')} more`}</span
  >`
}

/** `50 %`, `33.3 %` */
export function percent(share: number): string {
  return `${tenths(share)}\u00A0%`
}

const tenths = (share: number): number => Math.round(10 * share) / 10
