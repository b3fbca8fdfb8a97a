import { html } from 'hono/html'
import type { Snapshot } from '../../operate/snapshot.ts'
import type { Propagation } from '../../environment/read-nodes.ts'
import { counted } from '../../text/words.ts'
import { conditionOf, isToLookAt } from '../../operate/condition.ts'
import type { Tone } from '../../operate/look.ts'
import { type Html, nothing, since } from './html.ts'
import { page, type PageOptions, pill } from './layout.ts'
import { bar } from './propagation.ts'

/** How often the overview looks again where scripts run, in milliseconds. One stream for each card would be many. */
const EVERY_MS = 3000
const worstFirst: readonly Tone[] = ['bad', 'warn', 'busy', 'none', 'good']

/** Every environment of this hub, one card each. */
export function overviewPage(
  snapshots: readonly Snapshot[],
  { root, logout }: Pick<PageOptions, 'root' | 'logout'>,
): Html {
  const conditions = snapshots.map((snapshot) => ({ snapshot, condition: conditionOf(snapshot) }))
  const tone = worstFirst.find((each) => conditions.some(({ condition }) => condition.tone === each))
  const attention = conditions.filter(({ condition }) => isToLookAt(condition))
  const sentence =
    attention.length === 0
      ? 'Every environment is well.'
      : `To look at: ${attention.map(({ snapshot, condition }) => `${snapshot.name} (${condition.label.toLowerCase()})`).join(', ')}.`
  const main = html`<div data-live data-now="${snapshots.at(0)?.now ?? ''}" data-announce="${sentence}">
    <div class="title"><h1>Environments</h1></div>
    <p class="lead">${sentence}</p>
    <ul class="cards two plain">
      ${conditions.map(
        ({ snapshot: { name, current, propagation, now }, condition }) =>
          html`<li class="card" id="environment-${name}">
            <h2>
              <a class="whole" href="${root}environments/${name}">${name}</a>
              ${pill(condition.tone, condition.label)}
            </h2>
            <p>${condition.sentence}</p>
            ${total(propagation) === 0 ? nothing : bar(propagation)}
            <p class="note">
              ${
                current === undefined
                  ? nothing
                  : html`Revision <span class="mono">${current.revision}</span>, published
                      ${since(current.publishedAt, now)}. `
              }${nodesInWords(propagation)}
            </p>
          </li>`,
      )}
    </ul>
  </div>`
  return page({
    title: attention.length === 0 ? 'Environments' : `${attention.length} to look at`,
    root,
    main,
    live: { everyMs: EVERY_MS },
    logout,
    ...(tone && { tone }),
  })
}

function total(propagation: Propagation | undefined): number {
  return propagation?.total ?? 0
}

function nodesInWords(propagation: Propagation | undefined): string {
  if (propagation === undefined) return 'Redis has to tell about nodes.'
  if (total(propagation) === 0) return 'No node reports.'
  return `${propagation?.current ?? 0} of ${counted(total(propagation), 'node')} on it.`
}
