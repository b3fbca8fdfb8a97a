import { html } from 'hono/html'
import { z } from 'zod'
import type { Actor } from '../../operate/actor.ts'
import type { HandActs, HandPlan } from '../../operate/acts-by-hand.ts'
import { durationField, pinMs } from './duration-field.ts'
import { type Html, outside } from './html.ts'
import { AskOnceMore, type Plan } from './page-act.ts'

/** What is posted of everything that is published by hand: the first time it is sent, what it changes is shown. */
export const shownForm = z.object({
  /** Of what was shown; without it nothing has been shown yet. */
  sha256: z.string().optional(),
  from: z.string().optional(),
  forMs: pinMs,
})

export const shownFields = Object.keys(shownForm.shape)

interface AskedFor {
  readonly title: string
  /** What it does. */
  readonly what: string
  /** What it would change, where it is known what is to be published. */
  readonly plan: HandPlan | undefined
  /** What says what is to be published. */
  readonly fields: Html
  /** How long it is pinned, as it was posted. */
  readonly forMs: string | undefined
  /** On the button, once it has been shown what it changes. */
  readonly confirm: string
}

/** The form, before and after it has been shown what it changes. */
export function byHandPlan({ title, what, plan, fields, forMs, confirm }: AskedFor): Plan {
  return {
    title,
    lead: html`<p>${what}</p>
      ${
        plan !== undefined &&
        html`<h2>What this changes</h2>
          <p class="quote">${outside(plan.change)}</p>
          ${plan.ending !== undefined && html`<p class="fault">${outside(plan.ending)}</p>`}`
      }`,
    fields: html`${fields}
    ${
      plan !== undefined &&
      html`<input type="hidden" name="sha256" value="${plan.accepted.sha256}" />
        <input type="hidden" name="from" value="${plan.from.revision}" />`
    }
    ${durationField('forMs', 'Pin it', forMs)}`,
    needsReason: true,
    confirm: plan === undefined ? 'Show what that changes' : confirm,
    tone: plan === undefined ? 'primary' : 'danger',
  }
}

/**
 * Publishes what was shown.
 *
 * @returns The revision.
 * @throws {@link AskOnceMore} where something else was shown, or nothing yet
 */
export async function publishShown(
  byHand: HandActs,
  plan: HandPlan,
  { sha256, from, forMs }: z.infer<typeof shownForm>,
  actor: Actor,
): Promise<number> {
  if (plan.accepted.sha256 !== sha256 || String(plan.from.revision) !== from)
    throw new AskOnceMore('Nothing is done yet: this is what it would change.')
  // Whoever has sent it has read what would end.
  return (await byHand.publish(plan, { ...actor, pinForMs: forMs, isEndingMeant: true })).revision
}
