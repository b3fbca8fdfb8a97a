import { html } from 'hono/html'
import type { Live, LiveUnit } from '../../operate/what-is-live.ts'
import type { RuleOverview } from '../../product/overview.ts'
import { publishedAtOf } from '../../environment/meta.ts'
import { counted } from '../../text/words.ts'
import { clock, type Html, nothing, outside, since } from './html.ts'
import { head, pill, section } from './layout.ts'
import { chosenOf, liveChoices, type LiveQuery } from './live-query.ts'
import { pager, partOf } from './pager.ts'
import { nothingFound, searchForm } from './search-form.ts'
import { splitBar, splitText, trafficBar } from './shares.ts'

/** So many units are on one page. */
const ON_A_PAGE = 15
/** So few need no filter. */
const FEW = 5
/** So many rules of a feature, and variations of a test, are shown in a list. */
const RULES_SHOWN = 4
const VARIATIONS_SHOWN = 3
const VARIABLES_SHOWN = 2

export interface LiveSectionOptions {
  /** Of the page of the environment. */
  readonly base: string
  readonly live: Live
  readonly query: LiveQuery
  /** `campaign` */
  readonly unit: string
  readonly now: string
}

/** What is live: each campaign or feature, for whom, and what changed of it last. */
export function liveSection({ base, live, query, unit, now }: LiveSectionOptions): Html {
  const content =
    live.state === 'reading'
      ? html`<p class="note">It is being read…</p>`
      : live.state === 'failed'
        ? html`<p class="fault">It could not be read. ${outside(live.reason)}</p>`
        : known(base, live, query, unit, now)
  return section(html`id="live"`, 'live', 'What is live', content)
}

function known(
  base: string,
  live: Extract<Live, { state: 'known' }>,
  query: LiveQuery,
  unit: string,
  now: string,
): Html {
  const { units, untold } = live
  if (units.length === 0) return html`<p class="note">Nothing: there is no ${unit} in it.</p>`
  const chosen = chosenOf(units, query)
  const part = partOf(chosen, query.page, ON_A_PAGE)
  const isAll = query.q === '' && query.show === 'all'
  const addressOf = (page: number): string =>
    `${base}?${new URLSearchParams({ ...query, page: String(page) }).toString()}#live`
  const form = searchForm({
    action: `${base}#live`,
    label: 'Find in what is live',
    placeholder: 'Find: a name, a segment, a variable',
    q: query.q,
    choices: liveChoices(query),
  })
  return html`${(units.length > FEW || !isAll) && form}
    <p class="note">
      ${isAll ? counted(units.length, unit) : `${chosen.length} of ${counted(units.length, unit)}`},
      ${units.filter(({ isRunning }) => isRunning).length}
      running.${untold > 0 ? ` Of ${untold} more nothing is told: there are too many.` : ''}
    </p>
    ${
      part.items.length === 0
        ? nothingFound(`${base}#live`)
        : html`<table class="units">
            ${head(unit === 'feature' ? 'Feature' : 'Campaign', 'Traffic', 'Split', 'For whom, and what', 'Last change')}
            ${part.items.map((each) => unitRows(base, each, live, now))}
          </table>`
    }
    ${pager(part, 'Pages of what is live', addressOf)}`
}

function unitRows(base: string, unit: LiveUnit, live: Extract<Live, { state: 'known' }>, now: string): Html {
  const { key, kind, status, isRunning, rules } = unit
  const shown = rules.slice(0, RULES_SHOWN)
  const rows = String(Math.max(1, shown.length))
  const [first, ...others] = shown
  const more = rules.length - shown.length
  return html`<tbody>
    <tr>
      <th scope="rowgroup" rowspan="${rows}">
        <a href="${unitAddress(base, key)}">${outside(key, 80)}</a>
        ${!isRunning && pill('none', status)}
        <span class="note"
          >${kind}${first?.group !== undefined && html`, group ${outside(first.group)}`}</span
        >
      </th>
      ${first === undefined ? html`<td colspan="3" class="note">It has no rules: it is off for everybody.</td>` : ruleCells(first)}
      <td rowspan="${rows}" class="last">${lastChange(unit, live, now)}</td>
    </tr>
    ${others.map(
      (rule) =>
        html`<tr class="more">
          ${ruleCells(rule)}
        </tr>`,
    )}
    ${
      more > 0 &&
      html`<tr class="more">
        <td colspan="5" class="note">And ${counted(more, 'rule')} more.</td>
      </tr>`
    }
  </tbody>`
}

function ruleCells(rule: RuleOverview): Html {
  const { name, segment, split, variables } = rule
  const more = variables.length - VARIABLES_SHOWN
  return html`<td class="traffic">${trafficBar(rule)}</td>
    <td class="split">
      ${split.length === 0 ? html`<span class="note">all the same</span>` : html`${splitText(split, VARIATIONS_SHOWN)}${splitBar(split)}`}
    </td>
    <td class="whom">
      ${name !== undefined && html`<span class="strong">${outside(name)}</span> `}${outside(segment)}
      ${
        variables.length > 0 &&
        html`<span class="note mono"
          >${outside(variables.slice(0, VARIABLES_SHOWN).join(', '))}${more > 0 ? ` and ${more} more` : ''}</span
        >`
      }
    </td>`
}

/** What changed last, or since when nothing has. */
function lastChange({ changes }: LiveUnit, live: Extract<Live, { state: 'known' }>, now: string): Html {
  const [last] = changes
  if (last !== undefined) {
    const [text = '', ...others] = last.texts
    return html`${outside(text, 100)}${others.length > 0 && html` <span class="note">and ${others.length} more</span>`}
      <span class="note">${since(publishedAtOf(last.revision), now)}</span>`
  }
  if (live.isGrowing) return html`<span class="note">being found out…</span>`
  if (live.since === undefined) return html`<span class="note">not known</span>`
  return html`<span class="note">before ${clock(publishedAtOf(live.since))}</span>`
}

/** Since when it is there: as far as the kept revisions tell. */
export function thereSince({ changes }: LiveUnit, oldest: number | undefined): Html {
  const added = changes.find(({ kind }) => kind === 'added')
  if (added !== undefined) return html`There since ${clock(publishedAtOf(added.revision))}.`
  return oldest === undefined ? nothing : html`There since before ${clock(publishedAtOf(oldest))}.`
}

/** The page of a unit. */
export function unitAddress(base: string, key: string): string {
  return `${base}/unit?${new URLSearchParams({ key }).toString()}`
}
