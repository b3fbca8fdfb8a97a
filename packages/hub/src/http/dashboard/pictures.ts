/**
 * Small pictures of what Redis keeps. What they show is text as well.
 *
 * @module
 */
import { html } from 'hono/html'
import type { Propagation } from '../../environment/read-nodes.ts'
import type { Hour } from '../../operate/recent-events.ts'
import { counted } from '../../text/words.ts'
import { type Html, nothing } from './html.ts'

/** Height of a picture, in pixels. */
const HEIGHT = 44
/** Where the columns of how fast a revision came begin, in milliseconds: less than the next one. */
const FROM_MS = [0, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000]

interface Column {
  /** Of what it is, for whoever points at it. */
  readonly title: string
  /** From below. */
  readonly parts: readonly { readonly look: 'good' | 'bad'; readonly count: number }[]
}

/** How fast the newest revision came to the nodes: so many within each span. Nothing where that is not known. */
export function speedPicture({ nodes, revision }: Propagation): Html {
  const lags = nodes.flatMap((node) => (node.revision === revision ? (node.lagMs ?? []) : []))
  if (lags.length === 0) return nothing
  const columns = FROM_MS.map((from, index): Column & { readonly count: number } => {
    const to = FROM_MS[index + 1]
    const count = lags.filter((lag) => lag >= from && (to === undefined || lag < to)).length
    const span = to === undefined ? `${from / 1000} s and more` : `${from / 1000} to ${to / 1000} s`
    return { title: `${span}: ${counted(count, 'node')}`, count, parts: [{ look: 'good', count }] }
  })
  const text = columns.flatMap(({ title, count }) => (count === 0 ? [] : [title])).join('; ')
  return html`<figure class="picture">
    ${drawing(columns, `How fast it came to the nodes. ${text}`)}
    <figcaption class="note"><span>at once</span><span>1 s</span><span>a minute and more</span></figcaption>
  </figure>`
}

/** Changes and failures by hour. */
export function hoursPicture(hours: readonly Hour[]): Html {
  const total = (of: 'changes' | 'failures'): number => hours.reduce((sum, hour) => sum + hour[of], 0)
  const columns = hours.map(({ from, changes, failures }) => ({
    title: `${new Date(from).toISOString().slice(11, 16)} UTC, one hour: ${counted(changes, 'change')}, ${counted(failures, 'failure')}`,
    parts: [
      { look: 'good' as const, count: changes },
      { look: 'bad' as const, count: failures },
    ],
  }))
  const text = `${counted(total('changes'), 'change')}, ${counted(total('failures'), 'failure')}`
  return html`<figure class="picture">
    ${drawing(columns, `By hour, the last ${hours.length}: ${text}.`)}
    <figcaption class="note">
      <span>${counted(hours.length, 'hour')} ago</span><span>${text}</span><span>now</span>
    </figcaption>
  </figure>`
}

function drawing(columns: readonly Column[], label: string): Html {
  const most = Math.max(1, ...columns.map(({ parts }) => parts.reduce((sum, { count }) => sum + count, 0)))
  const width = 100 / columns.length
  return html`<svg width="100%" height="${HEIGHT}" role="img" aria-label="${label}">
    ${columns.map(({ title, parts }, index) => {
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
        ${parts.map(({ look, count }) => {
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
