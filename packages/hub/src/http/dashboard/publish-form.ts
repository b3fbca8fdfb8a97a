import { LARGEST_SETTINGS_BYTES } from '@vwo-hub/protocol'
import { html } from 'hono/html'
import { z } from 'zod'
import { HubError } from '../../errors.ts'
import { DEFAULT_PIN_MS, PIN_LIMITS_MS } from '../../operate/acts.ts'
import type { HandActs, HandPlan } from '../../operate/acts-by-hand.ts'
import { durationField } from './duration-field.ts'
import { type Html, nothing, outside } from './html.ts'
import type { PageAct } from './page-act.ts'

const publishForm = z.object({
  /** Of what was shown; without it nothing has been shown yet. */
  sha256: z.string().optional(),
  from: z.string().optional(),
  forMs: z.coerce.number().int().min(PIN_LIMITS_MS.least).max(PIN_LIMITS_MS.most),
})

/** Publishes a settings-file that somebody has: the first time it is sent it shows what that changes. */
export const publish: PageAct = {
  fields: ['file', 'text', 'sha256', 'from', 'forMs'],
  maxFileBytes: LARGEST_SETTINGS_BYTES,
  async plan({ acts, config }, _query, file) {
    const plan = file && (await planOf(acts.byHand, file))
    return {
      title: 'Publish a settings-file to',
      lead: html`<p>
          It is checked like what VWO sends, published by hand, and pinned: for when VWO or its editor cannot
          be reached. It ends with the pin; then what VWO has is published.
        </p>
        ${
          plan === undefined
            ? nothing
            : html`<h2>What this changes</h2>
                <p class="quote">${outside(plan.change)}</p>
                ${plan.ending === undefined ? nothing : html`<p class="fault">${outside(plan.ending)}</p>`}`
        }`,
      fields: html`${
        plan === undefined
          ? chooseFile
          : html`<input type="hidden" name="text" value="${file?.toString() ?? ''}" />
              <input type="hidden" name="sha256" value="${plan.accepted.sha256}" />
              <input type="hidden" name="from" value="${plan.from.revision}" />`
      }
      ${durationField('forMs', 'Pin it', DEFAULT_PIN_MS)}`,
      needsReason: true,
      hasFile: true,
      confirm: plan === undefined ? 'Show what that changes' : `Publish it to ${config.name}`,
      tone: plan === undefined ? 'primary' : 'danger',
    }
  },
  prepare(form, file) {
    const { sha256, from, forMs } = publishForm.parse(form)
    return async ({ acts }, actor) => {
      if (file === undefined) throw new HubError('not-possible', 'Expected a settings-file, got none.')
      const plan = await acts.byHand.planPublish(file)
      if (plan.accepted.sha256 !== sha256 || String(plan.from.revision) !== from) {
        throw new HubError('not-possible', 'Nothing is published yet: this is what it would change.')
      }
      // Whoever has sent it has read what would end.
      const done = await acts.byHand.publish(plan, { ...actor, pinForMs: forMs, isEndingMeant: true })
      return `Published by hand: revision ${done.revision}, and pinned.`
    }
  },
}

const chooseFile: Html = html`<label
    >Settings-file <input type="file" name="file" accept=".json,application/json"
  /></label>
  <label>Or as text <textarea name="text" rows="6" spellcheck="false" autocomplete="off"></textarea></label>`

/** Nothing for one that is refused, or is live already: why is said above the form, where another one can be chosen. */
async function planOf(byHand: HandActs, file: Buffer): Promise<HandPlan | undefined> {
  try {
    return await byHand.planPublish(file)
  } catch (error) {
    const isRefused = error instanceof HubError && ['settings-refused', 'not-possible'].includes(error.code)
    if (isRefused) return undefined
    throw error
  }
}
