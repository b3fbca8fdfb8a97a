import { html } from 'hono/html'
import type { RevisionDiff } from '../../operate/diff.ts'
import type { Change } from '../../product/product.ts'
import { type Html, outside } from './html.ts'

const words: Readonly<Record<Change['kind'], string>> = { added: 'new', changed: 'changed', removed: 'gone' }

/** What one revision changes against another, by what it is about. */
export function changeList({ isSame, changes }: Pick<RevisionDiff, 'isSame' | 'changes'>): Html {
  if (isSame) return html`<p>Both are the same, byte for byte.</p>`
  if (changes.length === 0) return html`<p>Nothing that can be seen: the bytes differ.</p>`
  return html`<dl class="changes">
    ${bySubject(changes).map(
      ({ subject, kind, texts }) =>
        html`<div class="change ${kind}">
          <dt>${outside(subject)} <span class="note">${words[kind]}</span></dt>
          ${texts.map((text) => html`<dd>${outside(text)}</dd>`)}
        </div>`,
    )}
  </dl>`
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
