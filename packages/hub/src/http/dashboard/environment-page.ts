import { html } from 'hono/html'
import type { Snapshot, Unreachable } from '../../operate/snapshot.ts'
import type { Span } from '../../operate/last-day.ts'
import type { Hour } from '../../operate/recent-events.ts'
import type { Live } from '../../operate/what-is-live.ts'
import type { RevisionMeta } from '../../environment/meta.ts'
import { conditionsOf, isToLookAt } from '../../operate/condition.ts'
import { isByHand, isVwoAhead } from '../../operate/vwo-condition.ts'
import { auditList } from './events-list.ts'
import { historyList } from './history-list.ts'
import { healthCards } from './health.ts'
import { emptyCard, headline, revisionCard } from './current-revision.ts'
import { changeInWords, clock, type Html, nothing, outside, remaining, since } from './html.ts'
import { type Around, page, pill, section } from './layout.ts'
import { type LiveQuery, liveQueryOf } from './live-query.ts'
import { liveSection } from './live-section.ts'
import { LOOK_AGAIN_MS } from './moves-view.ts'
import { hoursPicture } from './pictures-over-time.ts'
import { propagationCard } from './propagation.ts'
import { unitOf } from '../../product/public-names.ts'
import { plainText } from '../../text/plain-text.ts'

export interface EnvironmentPageOptions extends Around {
  readonly snapshot: Snapshot
  /** Undefined where nothing is. */
  readonly live?: Live | undefined
  /** What happened by hour; undefined where it is not known. */
  readonly hours?: readonly Hour[] | undefined
  /** The last day in spans; undefined where it is not known. */
  readonly day?: readonly Span[] | undefined
  /** What of it is shown. Default: the first of it. */
  readonly query?: LiveQuery
  /** What was just done. */
  readonly notice: string | undefined
}

/** One environment: what is live, where it has arrived, what it depends on, what happened, and what can be done. */
export function environmentPage(options: EnvironmentPageOptions): Html {
  const { root, snapshot, live, hours, day, query = liveQueryOf({}), csrf, frame, notice } = options
  const { name, current, status, history, propagation, now, unreachable } = snapshot
  const newest = history?.find(({ revision }) => revision === current?.revision)
  const [{ tone, label, sentence }, ...others] = conditionsOf(snapshot)
  const also = others.filter(isToLookAt).map((condition) => condition.sentence)
  const base = `${root}environments/${name}`
  // A change may be everywhere before anybody looks: it is read out though the verdict stays as it was.
  const changed = newest?.summary === undefined ? '' : ` ${plainText(changeInWords(newest.summary), 200)}`
  const audit = auditList(status?.audit, history ?? [], now)
  const happened = hours === undefined ? audit : html`${hoursPicture(hours)} ${audit}`
  const main = html`
    ${notice !== undefined && html`<p class="notice" role="status">${notice}</p>`}
    <div data-live data-now="${now}" data-announce="${label}: ${sentence}${changed}">
      ${banners(base, current, now)}
      <div class="title">
        <h1>${name}</h1>
        ${pill(tone, label)}
      </div>
      <p class="lead">${sentence}${unreachable !== undefined && html` ${asOf(unreachable)}`}</p>
      ${also.length > 0 && html`<p class="note">Also: ${also.join(' ')}</p>`}
      ${current === undefined ? emptyCard(unreachable) : headline(base, current, newest, snapshot)}
      <div class="acts" role="group" aria-label="Acts">
        <form method="post" action="${base}/refresh">
          <input type="hidden" name="csrf" value="${csrf}" />
          <button class="primary">Refresh</button>
        </form>
        ${history !== undefined && history.length > 1 && html`<a class="button" href="${base}/rollback">Roll back…</a>`}
        ${current !== undefined && html`<a class="button" href="${base}/pin">${current.pinnedUntil === undefined ? 'Pin' : 'Change the pin'}…</a>`}
        ${current?.pinnedUntil !== undefined && html`<a class="button" href="${base}/unpin">Unpin…</a>`}
        ${current !== undefined && html`<a class="button" href="${base}/stop">Stop one…</a>`}
        ${current !== undefined && html`<a class="button" href="${base}/publish">Publish a file…</a>`}
        ${current?.held !== undefined && html`<a class="button" href="${base}/release">Release…</a>`}
      </div>
      ${
        current !== undefined &&
        live !== undefined &&
        liveSection({ base, live, query, unit: unitOf(current.product), now })
      }
      <div class="cards two">
        ${propagationCard(propagation, day)} ${current !== undefined && revisionCard(current, now)}
      </div>
      ${healthCards(snapshot, day)} ${section(nothing, 'history', 'History', historyList(base, history, now))}
      ${section(nothing, 'events', 'Events', happened)}
    </div>
  `
  return page({
    title: `${name}: ${label.toLowerCase()}`,
    root,
    main,
    live: {
      events: `${root}v1/environments/${name}/events`,
      ...(isFilling(live) && { everyMs: LOOK_AGAIN_MS }),
    },
    frame,
  })
}

/** Whether some of it is still being found out. */
function isFilling(live: Live | undefined): boolean {
  return live?.state === 'reading' || (live?.state === 'known' && live.isGrowing)
}

/** Of when what the page shows is, while Redis does not answer. */
function asOf({ asOf: time }: Unreachable): Html {
  return time === undefined
    ? html`What this hub has in its memory is shown; nothing else is known.`
    : html`Everything here is of ${clock(time)}.`
}

/** What keeps VWO's settings from being published: loud, and before everything else. */
function banners(base: string, current: RevisionMeta | undefined, now: string): Html {
  if (current === undefined) return nothing
  const { pinnedUntil, waiting, held, heldSince, heldUntil } = current
  const pinned =
    pinnedUntil !== undefined &&
    banner(
      'pinned',
      'Pinned',
      html`<p>
          Until ${clock(pinnedUntil)} (${remaining(pinnedUntil, now)}) nothing that VWO sends is published.
          ${isVwoAhead(current) && html`VWO has something else, which waits: ${waiting === undefined ? 'what was rolled back.' : outside(waiting)}`}
        </p>
        <div class="acts">
          ${waiting !== undefined && html`<a class="button" href="${base}/revisions/waiting?moves=1">What would change…</a>`}
          <a class="button" href="${base}/unpin">Unpin…</a>
        </div>`,
    )
  const holding =
    held !== undefined &&
    banner(
      'held',
      'Held back',
      html`<p>
          ${outside(held)}. ${heldSince !== undefined && html`Since ${since(heldSince, now)}.`}
          ${heldUntil !== undefined && html`Released by itself ${remaining(heldUntil, now)}.`}
        </p>
        <p>To keep it out, pin what is live before that; to have it now, release it.</p>
        <div class="acts">
          <a class="button" href="${base}/revisions/held?moves=1">What would change…</a>
          <a class="button primary" href="${base}/pin">Keep it out: pin…</a>
          <a class="button" href="${base}/release">Release…</a>
        </div>`,
    )
  const byHand =
    isByHand(current) &&
    banner(
      'by-hand',
      'By hand',
      html`<p>What is live was published by hand, and is not what VWO has. It ends with the pin.</p>
        <div class="acts"><a class="button" href="${base}/unpin">Unpin…</a></div>`,
    )
  return html`${holding}${byHand}${pinned}`
}

function banner(id: string, title: string, content: Html): Html {
  return section(html`class="banner" id="${id}"`, id, title, content)
}
