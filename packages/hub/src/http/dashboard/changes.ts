import { html } from 'hono/html'
import type { RevisionDiff } from '../../operate/diff.ts'
import type { Change } from '../../product/product.ts'
import { counted } from '../../text/words.ts'
import { type Html, outside } from './html.ts'
import { pageIn } from './live-query.ts'
import { pager, partOf } from './pager.ts'
import { contains, nothingFound, searchForm, soughtIn } from './search-form.ts'

const words: Readonly<Record<Change['kind'], string>> = { added: 'new', changed: 'changed', removed: 'gone' }
const kinds: readonly Change['kind'][] = ['added', 'changed', 'removed']
const kindOptions = [['', 'all'], ...kinds.map((kind) => [kind, words[kind]] as const)] as const

/** So many subjects are on one page. */
const ON_A_PAGE = 50
/** So many texts of one subject are shown. */
const TEXTS_SHOWN = 20
/** So few subjects need no filter. */
const FEW = 10

/** Where a list of changes can be searched. */
export interface ChangesPlace {
  /** Without its query. */
  readonly address: string
  /** As the address has it: what is looked for (`q`, `kind`, `page`), and what else the page goes by. */
  readonly query: Readonly<Record<string, string>>
}

/** What one revision changes against another: how much of what, then by what it is about. */
export function changeList(
  { isSame, changes }: Pick<RevisionDiff, 'isSame' | 'changes'>,
  { address, query }: ChangesPlace,
): Html {
  if (isSame) return html`<p>Both are the same, byte for byte.</p>`
  if (changes.length === 0) return html`<p>Nothing that can be seen: the bytes differ.</p>`
  const subjects = bySubject(changes)
  const { q: _q, kind = '', page: _page, ...others } = query
  const sought = soughtIn(query)
  const chosen = subjects.filter(
    (each) =>
      (!kinds.some((one) => one === kind) || each.kind === kind) &&
      contains([each.subject, ...each.texts].join('\n'), sought),
  )
  const part = partOf(chosen, pageIn(query), ON_A_PAGE)
  const addressOf = (page: number): string =>
    `${address}?${new URLSearchParams({ ...query, page: String(page) }).toString()}#changes`
  return html`<p id="changes" class="strong">${totals(subjects, changes.length)}</p>
    ${
      subjects.length > FEW &&
      searchForm({
        action: `${address}#changes`,
        label: 'Find in the changes',
        placeholder: 'Find: a name, a word',
        q: sought,
        choices: [{ name: 'kind', label: 'Which', options: kindOptions, chosen: kind }],
        others,
      })
    }
    ${
      part.items.length === 0
        ? nothingFound(`${address}?${new URLSearchParams(others).toString()}#changes`)
        : html`<dl class="changes">${part.items.map(changesOf)}</dl>`
    }
    ${pager(part, 'Pages of changes', addressOf)}`
}

/** `3 new, 380 changed, 17 gone: 412 changes` */
function totals(subjects: readonly Subject[], changes: number): string {
  const parts = kinds.flatMap((kind) => {
    const count = subjects.filter((each) => each.kind === kind).length
    return count === 0 ? [] : [`${count} ${words[kind]}`]
  })
  return `${parts.join(', ')}: ${counted(changes, 'change')}`
}

function changesOf({ subject, kind, texts }: Subject): Html {
  const more = texts.length - TEXTS_SHOWN
  return html`<div class="change ${kind}">
    <dt>${outside(subject)} <span class="note">${words[kind]}</span></dt>
    ${texts.slice(0, TEXTS_SHOWN).map((text) => html`<dd>${outside(text)}</dd>`)}
    ${more > 0 && html`<dd class="note">and ${more} more</dd>`}
  </div>`
}

interface Subject {
  readonly subject: string
  readonly kind: Change['kind']
  readonly texts: string[]
}

/** Changes of one subject follow each other. */
function bySubject(changes: readonly Change[]): Subject[] {
  const subjects: Subject[] = []
  for (const { subject, kind, text } of changes) {
    const last = subjects.at(-1)
    if (last?.subject === subject && last.kind === kind) last.texts.push(text)
    else subjects.push({ subject, kind, texts: [text] })
  }
  return subjects
}
