import { html } from 'hono/html'
import { z } from 'zod'
import { plainText } from '../../text/plain-text.ts'
import { byHandPlan, publishShown, shownFields, shownForm } from './by-hand-form.ts'
import type { PageAct } from './page-act.ts'

const stopForm = shownForm.extend({ campaign: z.string().min(1).max(300) })

/** Publishes what is live without one unit. */
export const stop: PageAct = {
  fields: ['campaign', ...shownFields],
  async plan({ acts, config }, { campaign = '', forMs }) {
    return byHandPlan({
      title: 'Stop one campaign or feature of',
      what: 'What is live is published without it, by hand, and pinned: for when VWO or its editor cannot be reached. It ends with the pin; then what VWO has is published.',
      plan: campaign === '' ? undefined : await acts.byHand.planStop(campaign),
      fields: html`<label>
        Its key <input name="campaign" value="${plainText(campaign)}" required maxlength="300" />
      </label>`,
      forMs,
      confirm: `Stop it in ${config.name}`,
    })
  },
  prepare(form) {
    const { campaign, ...shown } = stopForm.parse(form)
    return async ({ acts: { byHand } }, actor) => {
      const revision = await publishShown(byHand, await byHand.planStop(campaign), shown, actor)
      return `Stopped: revision ${revision} is what was live without it, and pinned.`
    }
  },
}
