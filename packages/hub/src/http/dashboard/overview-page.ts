import { html } from 'hono/html'
import type { Snapshot } from '../../operate/snapshot.ts'
import type { Propagation } from '../../environment/read-nodes.ts'
import { counted } from '../../text/words.ts'
import { conditionOf, isToLookAt } from '../../operate/condition.ts'
import { worseFirst } from '../../operate/look.ts'
import { type Html, since, whatChanged } from './html.ts'
import { head, page, type PageOptions, pill } from './layout.ts'
import { bar } from './propagation.ts'
import { contains, nothingFound, searchForm, soughtIn } from './search-form.ts'

/** How often the overview looks again where scripts run, in milliseconds. One stream for each card would be many. */
const EVERY_MS = 3000

/** So many that need a look are named in the sentence. */
const NAMED = 5
/** So few environments need no filter. */
const FEW = 6
const shows = [
  ['', 'all'],
  ['attention', 'to look at'],
] as const

/** Which environments are shown; as the address has it. */
export interface OverviewQuery {
  readonly q?: string
  /** `attention` for those that need a look. */
  readonly show?: string
}

/** Every environment of this hub, what needs a look at the top. */
export function overviewPage(
  snapshots: readonly Snapshot[],
  { root, frame, query = {} }: Pick<PageOptions, 'root' | 'frame'> & { readonly query?: OverviewQuery },
): Html {
  const judged = snapshots
    .map((snapshot) => ({ snapshot, condition: conditionOf(snapshot) }))
    .toSorted((a, b) => worseFirst(a.condition, b.condition) || (a.snapshot.name < b.snapshot.name ? -1 : 1))
  const attention = judged.filter(({ condition }) => isToLookAt(condition))
  const named = attention.slice(0, NAMED)
  const more = attention.length - named.length
  const sentence =
    attention.length === 0
      ? 'Every environment is well.'
      : `To look at: ${named.map(({ snapshot, condition }) => `${snapshot.name} (${condition.label.toLowerCase()})`).join(', ')}${more > 0 ? ` and ${more} more` : ''}.`
  const sought = soughtIn(query)
  const shown = (query.show === 'attention' ? attention : judged).filter(
    ({ snapshot: { name }, condition: { label, sentence: text } }) =>
      contains(`${name}\n${label}\n${text}`, sought),
  )
  const main = html`<div data-live data-now="${snapshots.at(0)?.now ?? ''}" data-announce="${sentence}">
    <div class="title"><h1>Environments</h1></div>
    <p class="lead">${sentence}</p>
    ${
      snapshots.length > FEW &&
      searchForm({
        action: root,
        label: 'Find an environment',
        placeholder: 'Find: a name, a state',
        q: sought,
        choices: [{ name: 'show', label: 'Which', options: shows, chosen: query.show ?? '' }],
      })
    }
    ${
      shown.length === 0
        ? nothingFound(root)
        : html`<table class="units environments">
            ${head('Environment', 'How it is', 'Last change', 'Nodes')}
            ${shown.map((each) => environmentRow(root, each))}
          </table>`
    }
  </div>`
  return page({
    title: attention.length === 0 ? 'Environments' : `${attention.length} to look at`,
    root,
    main,
    live: { everyMs: EVERY_MS },
    frame,
  })
}

interface Judged {
  readonly snapshot: Snapshot
  readonly condition: ReturnType<typeof conditionOf>
}

function environmentRow(root: string, { snapshot, condition }: Judged): Html {
  const { name, current, history, propagation, now } = snapshot
  const newest = history?.find(({ revision }) => revision === current?.revision)
  return html`<tbody id="environment-${name}">
    <tr>
      <th scope="row">
        <a href="${root}environments/${name}">${name}</a> ${pill(condition.tone, condition.label)}
      </th>
      <td class="whom">${condition.sentence}</td>
      <td class="last">
        ${newest?.summary !== undefined && whatChanged(newest.summary, 100)}
        ${current !== undefined && html`<span class="note">${since(current.publishedAt, now)}</span>`}
      </td>
      <td class="last">
        <span class="note">${nodesInWords(propagation)}</span>
        ${propagation !== undefined && propagation.total > 0 && bar(propagation)}
      </td>
    </tr>
  </tbody>`
}

function nodesInWords(propagation: Propagation | undefined): string {
  if (propagation === undefined) return 'Redis has to tell about nodes.'
  const { current, total } = propagation
  return total === 0 ? 'No node reports.' : `${current} of ${counted(total, 'node')} on it.`
}
