import { html } from 'hono/html'
import { type Html, nothing } from './html.ts'

/** A part of a long list, so that a page stays a page. */
export interface Part<Item> {
  readonly items: readonly Item[]
  /** Begins with 1; the last one where the list has become shorter. */
  readonly page: number
  readonly pages: number
}

/** @param size - So many are on a page. */
export function partOf<Item>(list: readonly Item[], page: number, size: number): Part<Item> {
  const pages = Math.max(1, Math.ceil(list.length / size))
  const shown = Math.min(page, pages)
  return { items: list.slice((shown - 1) * size, shown * size), page: shown, pages }
}

/** The way to the other parts; nothing where there are none. @param addressOf - Of a page. */
export function pager(
  { page, pages }: Part<unknown>,
  label: string,
  addressOf: (page: number) => string,
): Html {
  if (pages === 1) return nothing
  const link = (to: number, text: string): Html =>
    to < 1 || to > pages ? nothing : html`<a class="button quiet" href="${addressOf(to)}">${text}</a>`
  return html`<nav class="pager" aria-label="${label}">
    ${link(page - 1, '← Before')}
    <span class="note">Page ${page} of ${pages}</span>
    ${link(page + 1, 'Next →')}
  </nav>`
}
