import { plainText } from '../../text/plain-text.ts'
import { html } from 'hono/html'
import type { Span } from '../../operate/last-day.ts'
import type { Snapshot } from '../../operate/snapshot.ts'
import type { HubReport } from '../../environment/hub-reports.ts'
import { lastFetchOf, vwoOf } from '../../operate/vwo-condition.ts'
import { noWritesInWords } from '../../operate/no-writes.ts'
import { type Html, outside, since } from './html.ts'
import { card, pill } from './layout.ts'
import { fetchesPicture } from './pictures-over-time.ts'

/** VWO, Redis and the hubs: what the environment depends on. */
export function healthCards(snapshot: Snapshot, day?: readonly Span[]): Html {
  return html`<div class="cards three">
    ${vwoCard(snapshot, day)} ${redisCard(snapshot)} ${hubsCard(snapshot)}
  </div>`
}

function vwoCard({ status, current, now }: Snapshot, day: readonly Span[] | undefined): Html {
  const { tone, label, sentence } = vwoOf(status)
  const last = lastFetchOf(status?.hubs ?? [])
  // A hub tells of itself every few seconds only; that somebody has fetched is known at once.
  const askedAt = status?.refresh.lastFetchAt ?? last?.at
  return card(
    'vwo',
    html`VWO ${pill(tone, label)}`,
    html`<p>${sentence}</p>
      ${last !== undefined && last.message !== '' && html`<p class="note">${outside(last.message, 300)}</p>`}
      <p class="note">
        ${askedAt !== undefined && html`Asked ${since(askedAt, now)}.`}
        ${current !== undefined && html`Last good answer ${since(current.checkedAt, now)}.`}
      </p>
      ${day !== undefined && fetchesPicture(day)}`,
  )
}

function redisCard({ unreachable, status, now }: Snapshot): Html {
  const { requested = 0, completed = 0 } = status?.refresh ?? {}
  const { takesNoWrites } = status ?? {}
  const how =
    unreachable !== undefined
      ? pill('bad', 'Away')
      : takesNoWrites !== undefined
        ? pill('bad', 'Takes no writes')
        : pill('good', 'Answers')
  return card(
    'redis',
    html`Redis ${how}`,
    html`${
      unreachable === undefined
        ? html`<p>
            ${requested > completed ? 'A refresh is due.' : 'Every refresh that was asked for is done.'}
          </p>`
        : html`<p>
            Its last answer came ${since(unreachable.since, now)}; what is wrong is in the log of this hub.
          </p>`
    }
    ${
      takesNoWrites !== undefined &&
      unreachable === undefined &&
      html`<p class="note">${outside(takesNoWrites, 200)}: ${noWritesInWords(takesNoWrites)?.remedy}.</p>`
    }
    ${status !== undefined && html`<p class="note">Ticket ${completed} of ${requested} is done.</p>`}`,
  )
}

function hubsCard({ status, now }: Snapshot): Html {
  if (status === undefined) {
    const title = html`Hubs ${pill('none', 'Not known')}`
    return card('hubs', title, html`<p>Redis has to tell; this one is alive.</p>`)
  }
  const { hubs } = status
  if (hubs.length === 0) {
    const title = html`Hubs ${pill('bad', 'None')}`
    return card('hubs', title, html`<p>No hub has reported within the last 30 seconds.</p>`)
  }
  return card(
    'hubs',
    html`Hubs ${pill('good', `${hubs.length} alive`)}`,
    html`<ul class="plain">
      ${hubs.map((hub) => hubItem(hub, now))}
    </ul>`,
  )
}

function hubItem({ id, state, version, startedAt, lastFetch }: HubReport, now: string): Html {
  return html`<li id="hub-${plainText(id, 80)}">
    <span class="mono">${outside(id, 80)}</span>
    <span class="note">
      ${outside(state, 20)}, version ${outside(version, 20)}, started
      ${since(startedAt, now)}${
        lastFetch !== undefined &&
        html`, fetched ${since(lastFetch.at, now)}: ${outside(lastFetch.result, 40)}`
      }
    </span>
  </li>`
}
