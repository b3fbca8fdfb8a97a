import { html } from 'hono/html'
import { z } from 'zod'
import { HubError } from '../../errors.ts'
import { DEFAULT_PIN_MS, PIN_LIMITS_MS } from '../../operate/acts.ts'
import { plainText } from '../../text/plain-text.ts'
import { durationField } from './duration-field.ts'
import { nothing, outside } from './html.ts'
import type { PageAct } from './page-act.ts'

const stopForm = z.object({
  campaign: z.string().min(1).max(300),
  /** Of what was shown; without it nothing has been shown yet. */
  sha256: z.string().optional(),
  from: z.string().optional(),
  forMs: z.coerce.number().int().min(PIN_LIMITS_MS.least).max(PIN_LIMITS_MS.most),
})

/** Publishes what is live without one unit: the first time it is sent it shows what that changes. */
export const stop: PageAct = {
  fields: ['campaign', 'sha256', 'from', 'forMs'],
  async plan({ acts, config }, { campaign = '' }) {
    const plan = campaign === '' ? undefined : await acts.byHand.planStop(campaign)
    return {
      title: 'Stop one campaign or feature of',
      lead: html`<p>
          What is live is published without it, by hand, and pinned: for when VWO or its editor cannot be
          reached. It ends with the pin; then what VWO has is published. Say why: the audit needs it.
        </p>
        ${
          plan === undefined
            ? nothing
            : html`<h2>What this changes</h2>
                <p class="quote">${outside(plan.change)}</p>
                ${plan.ending === undefined ? nothing : html`<p class="fault">${outside(plan.ending)}</p>`}`
        }`,
      fields: html`<label>
          Its key <input name="campaign" value="${plainText(campaign)}" required maxlength="300" />
        </label>
        ${
          plan === undefined
            ? nothing
            : html`<input type="hidden" name="sha256" value="${plan.accepted.sha256}" />
                <input type="hidden" name="from" value="${plan.from.revision}" />`
        }
        ${durationField('forMs', 'Pin it', DEFAULT_PIN_MS)}`,
      needsReason: true,
      confirm: plan === undefined ? 'Show what that changes' : `Stop it in ${config.name}`,
      tone: plan === undefined ? 'primary' : 'danger',
    }
  },
  prepare(form) {
    const { campaign, sha256, from, forMs } = stopForm.parse(form)
    return async ({ acts }, actor) => {
      const plan = await acts.byHand.planStop(campaign)
      if (plan.accepted.sha256 !== sha256 || String(plan.from.revision) !== from) {
        throw new HubError('not-possible', 'Nothing is stopped yet: this is what it would change.')
      }
      // Whoever has sent it has read what would end.
      const done = await acts.byHand.publish(plan, { ...actor, pinForMs: forMs, isEndingMeant: true })
      return `Stopped: revision ${done.revision} is what was live without it, and pinned.`
    }
  },
}
