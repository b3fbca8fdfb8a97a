import { LARGEST_SETTINGS_BYTES } from '@vwo-hub/protocol'
import { html } from 'hono/html'
import { HubError } from '../../errors.ts'
import type { HandActs, HandPlan } from '../../operate/acts-by-hand.ts'
import { byHandPlan, publishShown, shownFields, shownForm } from './by-hand-form.ts'
import type { Html } from './html.ts'
import type { PageAct } from './page-act.ts'

/** Publishes a settings-file that somebody has. */
export const publish: PageAct = {
  fields: ['file', 'text', ...shownFields],
  maxFileBytes: LARGEST_SETTINGS_BYTES,
  async plan({ acts, config }, { forMs }, file) {
    const plan = file && (await planOf(acts.byHand, file))
    return {
      ...byHandPlan({
        title: 'Publish a settings-file to',
        what: 'It is checked like what VWO sends, published by hand, and pinned: for when VWO or its editor cannot be reached. It ends with the pin; then what VWO has is published.',
        plan,
        fields:
          plan === undefined
            ? chooseFile
            : html`<input type="hidden" name="text" value="${file?.toString() ?? ''}" />`,
        forMs,
        confirm: `Publish it to ${config.name}`,
      }),
      hasFile: true,
    }
  },
  prepare(form, file) {
    const shown = shownForm.parse(form)
    return async ({ acts: { byHand } }, actor) => {
      if (file === undefined) throw new HubError('not-possible', 'Expected a settings-file, got none.')
      const revision = await publishShown(byHand, await byHand.planPublish(file), shown, actor)
      return `Published by hand: revision ${revision}, and pinned.`
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
