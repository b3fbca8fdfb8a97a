/**
 * Small pictures of what Redis keeps. What they show is text as well.
 *
 * @module
 */
import { html } from 'hono/html'
import type { LagSummary, Propagation } from '../../environment/read-nodes.ts'
import type { Span } from '../../operate/last-day.ts'
import type { Hour } from '../../operate/recent-events.ts'
import { counted } from '../../text/words.ts'
import { type Html, nothing, seconds } from './html.ts'

/** Height of a picture, in pixels. */
const HEIGHT = 44
/** Where the columns of how fast a revision came begin, in milliseconds: less than the next one. */
const FROM_MS = [0, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000]

interface Column {
  /** Of what it is, for whoever points at it. */
  readonly title: string
  /** How much there is, from below. */
  readonly good: number
  readonly bad: number
}

/** How fast the newest revision came to the nodes: so many within each span. Nothing where that is not known. */
export function speedPicture({ nodes, revision }: Propagation): Html {
  const lags = nodes.flatMap((node) => (node.revision === revision ? (node.lagMs ?? []) : []))
  if (lags.length === 0) return nothing
  const columns = FROM_MS.map((from, index) => {
    const to = FROM_MS[index + 1]
    const good = lags.filter((lag) => lag >= from && (to === undefined || lag < to)).length
    const span = to === undefined ? `${from / 1000} s and more` : `${from / 1000} to ${to / 1000} s`
    return { title: `${span}: ${counted(good, 'node')}`, good, bad: 0 }
  })
  const text = columns.flatMap(({ title, good }) => (good === 0 ? [] : [title])).join('; ')
  const below = ['at once', '1 s', 'a minute and more'] as const
  return picture(columns, `How fast it came to the nodes. ${text}`, below)
}

/** Changes and failures by hour. */
export function hoursPicture(hours: readonly Hour[]): Html {
  const total = (of: 'changes' | 'failures'): number => hours.reduce((sum, hour) => sum + hour[of], 0)
  const columns = hours.map(({ from, changes, failures }) => ({
    title: `${new Date(from).toISOString().slice(11, 16)} UTC, one hour: ${counted(changes, 'change')}, ${counted(failures, 'failure')}`,
    good: changes,
    bad: failures,
  }))
  const text = `${counted(total('changes'), 'change')}, ${counted(total('failures'), 'failure')}`
  const below = [`${counted(hours.length, 'hour')} ago`, text, 'now'] as const
  return picture(columns, `By hour, the last ${hours.length}: ${text}.`, below)
}

/** How fast one revision came to the nodes, small: to half of them, and to all. Equal steps are times, from 10 ms to a minute. */
export function spreadPicture({ nodes, p50Ms, maxMs }: LagSummary): Html {
  const text = `To ${counted(nodes, 'node')}: half within ${seconds(p50Ms)}, all within ${seconds(maxMs)}`
  const share = (ms: number): string =>
    `${Math.min(100, Math.max(6, 26 * Math.log10(Math.max(1, ms / 10))))}%`
  return html`<span class="spread" title="${text}"
    ><svg class="picture" width="48" height="8" role="img" aria-label="${text}">
      <rect class="behind" width="100%" height="8"></rect>
      <rect class="good all" width="${share(maxMs)}" height="8"></rect>
      <rect class="good" width="${share(p50Ms)}" height="8"></rect></svg
    ><span class="note" aria-hidden="true">${seconds(maxMs)}</span></span
  >`
}

/** How many nodes there were: of each span the worst minute. */
export function nodesPicture(day: readonly Span[]): Html {
  const known = day.flatMap(({ nodes }) => nodes ?? [])
  const columns = day.map(({ from, nodes }) => ({
    title: `${hourOf(from)}: ${nodes === undefined ? 'not known' : nodesInWords(nodes)}`,
    good: nodes?.newest ?? 0,
    bad: nodes?.mostBehind ?? 0,
  }))
  const most = Math.max(0, ...known.map((nodes) => nodes.most))
  if (most === 0) return nothing
  const [least, mostBehind] = [
    Math.min(...known.map((nodes) => nodes.least)),
    Math.max(...known.map((nodes) => nodes.mostBehind)),
  ]
  return dayPicture('Nodes over the last day', columns, nodesInWords({ least, most, mostBehind }))
}

/** How often VWO was asked, and how often in vain. */
export function fetchesPicture(day: readonly Span[]): Html {
  const total = (of: 'fetches' | 'failures'): number => day.reduce((sum, span) => sum + span[of], 0)
  if (total('fetches') === 0) return nothing
  const columns = day.map(({ from, fetches, failures }) => ({
    title: `${hourOf(from)}: ${fetchesInWords(fetches, failures)}`,
    good: fetches - failures,
    bad: failures,
  }))
  return dayPicture('Fetches over the last day', columns, fetchesInWords(total('fetches'), total('failures')))
}

const hourOf = (from: number): string => `${new Date(from).toISOString().slice(11, 16)} UTC, half an hour`

function fetchesInWords(fetches: number, failures: number): string {
  return `${fetches} ${fetches === 1 ? 'fetch' : 'fetches'}, ${failures} in vain`
}

function nodesInWords({ least, most, mostBehind }: Omit<NonNullable<Span['nodes']>, 'newest'>): string {
  const count = least === most ? counted(least, 'node') : `${least} to ${counted(most, 'node')}`
  return mostBehind === 0 ? count : `${count}, ${mostBehind} behind at most`
}

function dayPicture(label: string, columns: readonly Column[], text: string): Html {
  return picture(columns, `${label}: ${text}.`, ['a day ago', text, 'now'])
}

/** @param label - What it shows, in words. @param below - What stands below its begin, its middle and its end. */
function picture(
  columns: readonly Column[],
  label: string,
  below: readonly [begin: string, middle: string, end: string],
): Html {
  return html`<figure class="picture">
    ${drawing(columns, label)}
    <figcaption class="note">${below.map((text) => html`<span>${text}</span>`)}</figcaption>
  </figure>`
}

function drawing(columns: readonly Column[], label: string): Html {
  const most = Math.max(1, ...columns.map(({ good, bad }) => good + bad))
  const width = 100 / columns.length
  return html`<svg width="100%" height="${HEIGHT}" role="img" aria-label="${label}">
    ${columns.map(({ title, good, bad }, index) => {
      let y = HEIGHT
      return html`<g
        ><title>${title}</title
        ><rect
          class="behind"
          x="${index * width}%"
          y="${HEIGHT - 1}"
          width="${0.8 * width}%"
          height="1"
        ></rect>
        ${Object.entries({ good, bad }).map(([look, count]) => {
          // What is there at all can be seen.
          const height = count === 0 ? 0 : Math.max(3, Math.round((HEIGHT * count) / most))
          y -= height
          return html`<rect
            class="${look}"
            x="${index * width}%"
            y="${Math.max(0, y)}"
            width="${0.8 * width}%"
            height="${height}"
          ></rect>`
        })}</g
      >`
    })}
  </svg>`
}
