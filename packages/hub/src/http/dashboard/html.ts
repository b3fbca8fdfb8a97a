/**
 * How pages write what comes from outside. The `html` of hono escapes every value, and leaves out what is undefined or false;
 * what is done here besides keeps hostile names from steering the text around them.
 *
 * @module
 */
import { html } from 'hono/html'
import type { HtmlEscapedString } from 'hono/utils/html'
import { ago, inSeconds, until } from '../../text/wording.ts'
import { plainText } from '../../text/plain-text.ts'

/** A piece of a page: everything in it has been escaped. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>

export const nothing: Html = html``

/** Text from outside: without control characters, and set apart so that its direction stays its own. */
export function outside(text: string, maxLength?: number): Html {
  return html`<bdi>${plainText(text, maxLength)}</bdi>`
}

/** What a revision changed, which leads: of a rollback the number that it went back to does not. */
export function whatChanged(summary: string, maxLength?: number): Html {
  return outside(changeInWords(summary), maxLength)
}

/** The same as a text, which is not escaped yet. */
export function changeInWords(summary: string): string {
  return summary.replace(/^back to revision \d+ \([^()]*\): /, 'rolled back: ')
}

/** `2 min ago`. Where scripts run, it stays right while the page is open, and shows the clock when pointed at. */
export function since(time: string, now: string): Html {
  return html`<time datetime="${plainText(time)}" data-counts="up">${ago(time, now)}</time>`
}

/** `in 5 min` */
export function remaining(time: string, now: string): Html {
  return html`<time datetime="${plainText(time)}" data-counts="down">${until(time, now)}</time>`
}

/** `2025-11-24 17:20:34 UTC`; in the zone of the reader where scripts run. */
export function clock(time: string): Html {
  const date = new Date(time)
  if (Number.isNaN(date.getTime())) return html`-`
  const text = `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`
  return html`<time datetime="${date.toISOString()}" data-clock>${text}</time>`
}

/** A duration, never broken over two lines. */
export function seconds(milliseconds: number): string {
  return inSeconds(milliseconds).replace(' ', '\u00A0')
}
