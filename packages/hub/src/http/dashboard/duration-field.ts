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

/** How long something is pinned. @param none - What it means that it is not; it can be chosen then. */
export function durationField(name: string, label: string, none?: string): Html {
  return html`<label>
    ${label}
    <select name="${name}">
      ${durations.map(
        ([ms, words]) =>
          html`<option value="${ms}" ${ms === DEFAULT_PIN_MS ? 'selected' : ''}>for ${words}</option>`,
      )}
      ${none !== undefined && html`<option value="0">${none}</option>`}
    </select>
  </label>`
}
