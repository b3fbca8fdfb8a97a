import { html } from 'hono/html'
import { countStates, type NodeReport, type Propagation } from '../../environment/read-nodes.ts'
import type { Span } from '../../operate/last-day.ts'
import { isAmiss, shownInWords } from '../../operate/nodes-in-words.ts'
import { counted } from '../../text/words.ts'
import { type Html, outside, seconds, since } from './html.ts'
import { card, fact } from './layout.ts'
import { nodesPicture, speedPicture } from './pictures-over-time.ts'

/** So many of the nodes that are behind are named. */
const NAMED = 20
/** So many hosts, and versions of clients, are told of those that are behind, the most frequent first. */
const GROUPS = 5
/** So few are named without being asked for. */
const NAMED_AT_ONCE = 5

/** Where the newest revision has arrived. */
export function propagationCard(propagation: Propagation | undefined, day?: readonly Span[]): Html {
  return card('nodes', 'Nodes', spread(propagation, day))
}

function spread(propagation: Propagation | undefined, day: readonly Span[] | undefined): Html {
  if (propagation === undefined) {
    return html`<p class="figure none">not known</p>
      <p class="note">Redis has to tell. Apps go on deciding with the settings that they have.</p>`
  }
  const { environment, nodes, total, current, lag, now } = propagation
  if (total === 0) {
    return html`<p class="figure none">none reporting</p>
      <p class="note">Apps report unless their client has <code>report: false</code>.</p>
      ${day !== undefined && nodesPicture(day)}`
  }
  const behind = nodes.filter(isAmiss)
  const shown = shownInWords(propagation)
  return html`<p class="figure">
      <span id="nodes-current">${current}</span>
      <small>of ${counted(nodes.length, 'node')} on the newest revision</small>
    </p>
    ${bar(propagation)}
    <p class="note">
      ${
        lag === undefined
          ? howFastIsUnknown(current)
          : html`From publication to use: half within ${seconds(lag.p50Ms)}, p95 ${seconds(lag.p95Ms)},
            slowest ${seconds(lag.maxMs)}.`
      }
    </p>
    ${speedPicture(propagation)} ${day !== undefined && nodesPicture(day)}
    ${shown !== undefined && html`<p class="note">More report than are looked at: ${shown}.</p>`}
    ${behind.length > 0 && laggards(environment, behind, now)}`
}

/** As a drawing: a style attribute would need a weaker policy for the whole page. */
export function bar({ nodes, current }: Pick<Propagation, 'nodes' | 'current'>): Html {
  const { starting } = countStates({ nodes })
  const behind = nodes.length - current - starting
  const percent = (count: number): string => `${nodes.length === 0 ? 0 : (100 * count) / nodes.length}%`
  const text = `${current} of ${counted(nodes.length, 'node')} on the newest revision, ${behind} behind, ${starting} starting`
  return html`<svg
    class="bar"
    role="progressbar"
    aria-label="Propagation"
    aria-valuemin="0"
    aria-valuemax="${nodes.length}"
    aria-valuenow="${current}"
    aria-valuetext="${text}"
    width="100%"
    height="10"
  >
    <rect class="behind" width="${percent(current + behind)}" height="10"></rect>
    <rect class="current" width="${percent(current)}" height="10"></rect>
  </svg>`
}

function howFastIsUnknown(current: number): string {
  return current === 0
    ? 'No node has it yet.'
    : 'None of those that have it was running when it was published.'
}

function laggards(environment: string, behind: readonly NodeReport[], now: string): Html {
  const more = behind.length - NAMED
  return html`<details ${behind.length <= NAMED_AT_ONCE ? 'open' : ''}>
    <summary>${counted(behind.length, 'node')} not on it</summary>
    ${behind.length > NAMED_AT_ONCE && groupsOf(behind)}
    <ul class="plain">
      ${behind.slice(0, NAMED).map(
        ({ id, state, behindSince, seenAt }) =>
          html`<li>
            <span class="mono">${outside(id, 80)}</span>
            <span class="note"
              >${state}${behindSince !== undefined && html`, behind since ${since(behindSince, now)}`}, seen
              ${since(seenAt, now)}</span
            >
          </li>`,
      )}
    </ul>
    ${more > 0 && html`<p class="note">and ${more} more: <code>vwo-hub nodes ${environment} --all</code></p>`}
  </details>`
}

/** What those that are behind have in common: a host, a version of the client, a reason. */
function groupsOf(behind: readonly NodeReport[]): Html {
  const groups: readonly (readonly [label: string, of: (node: NodeReport) => string])[] = [
    ['Why', ({ state }) => state],
    ['Client', ({ client }) => client || 'not told'],
    ['Host', ({ host }) => host || 'not told'],
  ]
  return html`<dl class="facts">
    ${groups.map(([label, of]) => {
      const counts = new Map<string, number>()
      for (const node of behind) counts.set(of(node), (counts.get(of(node)) ?? 0) + 1)
      const most = [...counts].toSorted(([, a], [, b]) => b - a).slice(0, GROUPS)
      const more = counts.size - most.length
      const names = most.map(
        ([name, count], index) => html`${index === 0 ? '' : ', '}${outside(name, 60)}: ${count}`,
      )
      return fact(label, html`${names}${more > 0 ? ` and ${more} more` : ''}`)
    })}
  </dl>`
}
