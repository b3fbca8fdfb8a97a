import { html } from 'hono/html'
import { z } from 'zod'
import { changeList } from './changes.ts'
import { clock, outside } from './html.ts'
import { liveMoves, movesIfAsked, movesSection } from './moves-view.ts'
import { publishedAtOf } from '../../environment/meta.ts'
import { durationField, pinMs } from './duration-field.ts'
import type { PageAct } from './page-act.ts'
import { publish } from './publish-form.ts'
import { stop } from './stop-form.ts'

const revision = z.string().regex(/^\d{1,15}$/)
const pinForm = z.object({ revision, forMs: pinMs })
const unpinForm = z.object({ revision, pinnedUntil: z.iso.datetime() })
const rollbackForm = z.object({ to: revision, from: revision, pinForMs: z.union([z.literal('0'), pinMs]) })
const releaseForm = z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/) })

/** The acts that are confirmed on a page of their own. */
export const pageActs: Readonly<Record<string, PageAct>> = {
  rollback: {
    fields: ['to', 'from', 'pinForMs'],
    async plan(environment, query) {
      const plan = await environment.acts.planRollback(query['to'])
      const diff = await environment.diff(String(plan.to), String(plan.from.revision))
      const moves = await movesIfAsked(query, environment, diff)
      return {
        title: 'Roll back',
        lead: html`<p>
            What revision <span class="mono">${plan.to}</span> contains, which was live from
            ${clock(plan.wasLive.from)} until ${clock(plan.wasLive.until)}, is published again, in place of
            <span class="mono">${plan.from.revision}</span> (${clock(publishedAtOf(plan.from.revision))}). It
            becomes a new revision; nothing is lost.
          </p>
          ${movesSection(moves, `?to=${plan.to}&moves=1`)}
          <h2>What this changes</h2>
          ${changeList(diff, { address: 'rollback', query: shownBy(query, plan.to) })}`,
        fields: html`<input type="hidden" name="to" value="${plan.to}" />
          <input type="hidden" name="from" value="${plan.from.revision}" />
          ${durationField('pinForMs', 'Pin it', query['pinForMs'], 'not at all: the next refresh publishes what VWO has')}`,
        confirm: `Roll back ${environment.config.name}`,
        tone: 'danger',
        ...liveMoves(moves),
      }
    },
    prepare(form) {
      const { to, from, pinForMs } = rollbackForm.parse(form)
      return async (environment, actor) => {
        const plan = await environment.acts.planRollback(to)
        // As the page showed it: should another revision be live by now, the act refuses.
        const shown = { ...plan, from: { ...plan.from, revision: Number(from) } }
        const done = await environment.acts.rollback(shown, { ...actor, pinForMs: Number(pinForMs) })
        return `Rolled back: revision ${done.revision} has the content of ${done.contentOf}.`
      }
    },
  },
  stop,
  publish,
  pin: {
    fields: ['revision', 'forMs'],
    async plan(environment, query) {
      const live = await environment.acts.live()
      return {
        title: 'Pin',
        lead: html`<p>
          Revision <span class="mono">${live.revision}</span> (${clock(publishedAtOf(live.revision))}) stays.
          Until the pin ends, what VWO sends is fetched, checked and noted, but not published. It ends by
          itself.
        </p>`,
        fields: html`<input type="hidden" name="revision" value="${live.revision}" />
          ${durationField('forMs', 'How long', query['forMs'])}`,
        confirm: `Pin ${environment.config.name}`,
        tone: 'primary',
      }
    },
    prepare(form) {
      const { revision: shown, forMs } = pinForm.parse(form)
      return async (environment, actor) => {
        const { pinnedUntil } = await environment.acts.pin({ ...actor, forMs, revision: Number(shown) })
        return `Pinned until ${pinnedUntil.slice(0, 19).replace('T', ' ')} UTC.`
      }
    },
  },
  unpin: {
    fields: ['revision', 'pinnedUntil'],
    async plan(environment) {
      const { revision: live, pinnedUntil, waiting } = await environment.acts.pinned()
      return {
        title: 'Unpin',
        lead: html`<p>The pin ends now, VWO is asked, and what it has is published.</p>
          ${
            waiting !== undefined &&
            html`<p>When it was asked last, that was:</p>
              <p class="quote">${outside(waiting)}</p>`
          }`,
        fields: html`<input type="hidden" name="revision" value="${live}" />
          <input type="hidden" name="pinnedUntil" value="${pinnedUntil}" />`,
        confirm: `Unpin ${environment.config.name}`,
        tone: 'primary',
      }
    },
    prepare(form) {
      const { revision: shown, pinnedUntil } = unpinForm.parse(form)
      return async (environment, actor) => {
        await environment.acts.unpin({ ...actor, pinnedUntil, revision: Number(shown) })
        return 'The pin is ended, and VWO is being asked.'
      }
    },
  },
  release: {
    fields: ['sha256'],
    async plan(environment) {
      const { held, sha256 } = await environment.acts.held()
      return {
        title: 'Release',
        lead: html`<p>What is held back is published, though it looks like an accident:</p>
          <p class="quote">${outside(held)}</p>`,
        fields: html`<input type="hidden" name="sha256" value="${sha256}" />`,
        confirm: `Publish it to ${environment.config.name}`,
        tone: 'danger',
      }
    },
    prepare(form) {
      const { sha256 } = releaseForm.parse(form)
      return async (environment, actor) => {
        await environment.acts.release({ ...actor, sha256 })
        return 'Released, and VWO is being asked.'
      }
    },
  },
}

/** What the address of the page goes by; a form that comes back with a fault has more. */
function shownBy({ q = '', kind = '', page = '', moves }: Readonly<Record<string, string>>, to: number) {
  return { to: String(to), q, kind, page, ...(moves === '1' && { moves }) }
}
