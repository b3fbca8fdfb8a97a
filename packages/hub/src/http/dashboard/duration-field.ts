import { html } from 'hono/html'
import { z } from 'zod'
import { DEFAULT_PIN_MS, PIN_LIMITS_MS } from '../../operate/pin-limits.ts'
import type { Html } from './html.ts'

const minuteMs = 60_000
const durations: readonly (readonly [ms: number, words: string])[] = [
  [15 * minuteMs, '15 minutes'],
  [60 * minuteMs, '1 hour'],
  [4 * 60 * minuteMs, '4 hours'],
  [24 * 60 * minuteMs, '1 day'],
  [7 * 24 * 60 * minuteMs, '7 days'],
]

/** What it posts. */
export const pinMs = z.coerce.number().int().min(PIN_LIMITS_MS.least).max(PIN_LIMITS_MS.most)

/**
 * How long something is pinned.
 *
 * @param posted - What was chosen before, where the form comes back.
 * @param none - What it means that it is not; it can be chosen then.
 */
export function durationField(
  name: string,
  label: string,
  posted = String(DEFAULT_PIN_MS),
  none?: string,
): Html {
  const option = (ms: number, words: string): Html =>
    html`<option value="${ms}" ${String(ms) === posted ? 'selected' : ''}>${words}</option>`
  return html`<label>
    ${label}
    <select name="${name}">
      ${durations.map(([ms, words]) => option(ms, `for ${words}`))} ${none !== undefined && option(0, none)}
    </select>
  </label>`
}
