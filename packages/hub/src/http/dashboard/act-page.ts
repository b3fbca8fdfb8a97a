import { html } from 'hono/html'
import type { Plan } from './page-act.ts'
import { plainText } from '../../text/plain-text.ts'
import { type Html, outside } from './html.ts'
import { type Around, page } from './layout.ts'

export interface ActPageOptions extends Around {
  readonly environment: string
  /** Where the form goes. */
  readonly action: string
  readonly plan: Plan
  /** Filled in already: who acted last in this browser, and what was written before a fault. */
  readonly as: string
  readonly reason?: string
  /** Why it was not done. */
  readonly fault?: string | undefined
  /** What is to be read before it is done. */
  readonly notice?: string | undefined
}

/** Says what would be done, and asks whether it is meant. */
export function actPage(options: ActPageOptions): Html {
  const { environment, root, action, plan, csrf, frame, as, reason = '', fault, notice } = options
  const main = html`<section class="narrow">
    <p><a href="${root}environments/${environment}">← ${environment}</a></p>
    <h1>${plan.title} ${environment}</h1>
    ${fault !== undefined && html`<p class="fault" role="alert">${outside(fault)}</p>`}
    ${notice !== undefined && html`<p class="notice pending" role="status">${notice}</p>`} ${plan.lead}
    <form
      method="post"
      action="${action}"
      class="stack card"
      ${plan.hasFile === true && html`enctype="multipart/form-data"`}
    >
      <input type="hidden" name="csrf" value="${csrf}" />
      ${plan.fields}
      <label>
        Your name <input name="as" value="${plainText(as)}" required maxlength="80" autocomplete="name" />
      </label>
      <label>
        <span>Why <span class="note">(for the audit${plan.needsReason !== true && '; optional'})</span></span>
        <input
          name="reason"
          value="${plainText(reason)}"
          maxlength="300"
          autocomplete="off"
          ${plan.needsReason === true ? 'required' : ''}
        />
      </label>
      <div class="acts">
        <button class="${plan.tone}">${plan.confirm}</button>
        <a class="button" href="${root}environments/${environment}">Cancel</a>
      </div>
    </form>
  </section>`
  return page({ title: `${plan.title} ${environment}`, root, main, frame, live: plan.live })
}
