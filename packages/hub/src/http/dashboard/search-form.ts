/**
 * Searching in long lists. What is looked for is in the address, so that it can be handed on.
 *
 * @module
 */
import { html } from 'hono/html'
import { plainText } from '../../text/plain-text.ts'
import type { Html } from './html.ts'

/** Longer texts to look for are cut. */
const MOST_SOUGHT = 100

/** One list of a form, of which one is chosen. */
export interface Choice {
  /** In the address. */
  readonly name: string
  /** For who does not see it. */
  readonly label: string
  readonly options: readonly (readonly [value: string, text: string])[]
  readonly chosen: string
}

export interface SearchFormOptions {
  readonly action: string
  /** For who does not see it. */
  readonly label: string
  readonly placeholder: string
  readonly q: string
  readonly choices: readonly Choice[]
  /** What else the address goes by. */
  readonly others?: Readonly<Record<string, string>>
}

/** A field to search by, and lists to choose from. */
export function searchForm({ action, label, placeholder, q, choices, others = {} }: SearchFormOptions): Html {
  return html`<form method="get" action="${action}" class="filter" role="search">
    ${Object.entries(others).map(
      ([name, value]) => html`<input type="hidden" name="${plainText(name)}" value="${plainText(value)}" />`,
    )}
    <label
      ><span class="hidden">${label}</span
      ><input type="search" name="q" value="${plainText(q)}" placeholder="${placeholder}"
    /></label>
    ${choices.map(
      (choice) =>
        html`<label
          ><span class="hidden">${choice.label}</span
          ><select name="${choice.name}">
            ${choice.options.map(
              ([value, text]) =>
                html`<option value="${value}" ${value === choice.chosen ? 'selected' : ''}>${text}</option>`,
            )}
          </select></label
        >`,
    )}
    <button>Show</button>
  </form>`
}

/** In place of a list in which nothing was found. @param all - Where the whole list is. */
export function nothingFound(all: string): Html {
  return html`<p>None of them is like that. <a href="${all}">Show all</a></p>`
}

/** What an address looks for. */
export function soughtIn({ q = '' }: { readonly q?: string | undefined }): string {
  return q.trim().slice(0, MOST_SOUGHT)
}

/** Whether a text has what is looked for; nothing is in every text. */
export function contains(text: string, sought: string): boolean {
  return text.toLowerCase().includes(sought.toLowerCase())
}
