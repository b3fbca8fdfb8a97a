import { html } from 'hono/html'
import type { Snapshot } from '../../operate/snapshot.ts'
import type { Propagation } from '../../environment/read-nodes.ts'
import { counted } from '../../text/words.ts'
import { conditionOf, isToLookAt } from '../../operate/condition.ts'
import type { Tone } from '../../operate/look.ts'
import { plainText } from '../../text/plain-text.ts'
import { type Html, nothing, outside, since } from './html.ts'
import { page, type PageOptions, pill } from './layout.ts'
import { bar } from './propagation.ts'

/** How often the overview looks again where scripts run, in milliseconds. One stream for each card would be many. */
const EVERY_MS = 3000
const worstFirst: readonly Tone[] = ['bad', 'warn', 'busy', 'none', 'good']

/** So many that need a look are named in the sentence. */
const NAMED = 5
/** So few environments need no filter. */
const FEW = 6

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
  const judged = snapshots.map((snapshot) => ({ snapshot, condition: conditionOf(snapshot) }))
  const tone = worstFirst.find((each) => judged.some(({ condition }) => condition.tone === each))
  const attention = judged.filter(({ condition }) => isToLookAt(condition))
  const named = attention.slice(0, NAMED)
  const more = attention.length - named.length
  const sentence =
    attention.length === 0
      ? 'Every environment is well.'
      : `To look at: ${named.map(({ snapshot, condition }) => `${snapshot.name} (${condition.label.toLowerCase()})`).join(', ')}${more > 0 ? ` and ${more} more` : ''}.`
  const sought = (query.q ?? '').trim().slice(0, 100).toLowerCase()
  const shown = (query.show === 'attention' ? attention : judged)
    .filter(({ snapshot: { name }, condition: { label, sentence: text } }) =>
      `${name}\n${label}\n${text}`.toLowerCase().includes(sought),
    )
    .toSorted((a, b) => rankOf(a) - rankOf(b) || (a.snapshot.name < b.snapshot.name ? -1 : 1))
  const main = html`<div data-live data-now="${snapshots.at(0)?.now ?? ''}" data-announce="${sentence}">
    <div class="title"><h1>Environments</h1></div>
    <p class="lead">${sentence}</p>
    ${snapshots.length > FEW ? filter(root, query) : nothing}
    ${
      shown.length === 0
        ? html`<p>None of them is like that. <a href="${root}">Show all</a></p>`
        : html`<table class="units environments">
            <thead>
              <tr>
                <th scope="col">Environment</th>
                <th scope="col">How it is</th>
                <th scope="col">Last change</th>
                <th scope="col">Nodes</th>
              </tr>
            </thead>
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
    ...(tone && { tone }),
  })
}

interface Judged {
  readonly snapshot: Snapshot
  readonly condition: ReturnType<typeof conditionOf>
}

const rankOf = ({ condition }: Judged): number => worstFirst.indexOf(condition.tone)

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
        ${newest?.summary === undefined ? nothing : outside(newest.summary, 100)}
        ${current === undefined ? nothing : html`<span class="note">${since(current.publishedAt, now)}</span>`}
      </td>
      <td class="last">
        <span class="note">${nodesInWords(propagation)}</span>
        ${total(propagation) === 0 ? nothing : bar(propagation)}
      </td>
    </tr>
  </tbody>`
}

function filter(root: string, { q = '', show }: OverviewQuery): Html {
  return html`<form method="get" action="${root}" class="filter" role="search">
    <label
      ><span class="hidden">Find an environment</span
      ><input type="search" name="q" value="${plainText(q)}" placeholder="Find: a name, a state"
    /></label>
    <label
      ><span class="hidden">Which</span
      ><select name="show">
        <option value="">all</option>
        <option value="attention" ${show === 'attention' ? 'selected' : ''}>to look at</option>
      </select></label
    >
    <button>Show</button>
  </form>`
}

function total(propagation: Propagation | undefined): number {
  return propagation?.total ?? 0
}

function nodesInWords(propagation: Propagation | undefined): string {
  if (propagation === undefined) return 'Redis has to tell about nodes.'
  if (total(propagation) === 0) return 'No node reports.'
  return `${propagation?.current ?? 0} of ${counted(total(propagation), 'node')} on it.`
}
