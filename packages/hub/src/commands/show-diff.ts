import type { RevisionDiff } from '../operate/diff.ts'
import type { Preview } from '../product/preview/preview.ts'
import type { Change } from '../product/product.ts'
import { showPreview } from './show-preview.ts'
import type { Terminal } from './terminal.ts'
import { publishedAtOf } from '../environment/meta.ts'
import { localTime } from '../text/wording.ts'

/** What changed, for people: each subject once, and below it one line for each change. */
export function showDiff(terminal: Terminal, diff: RevisionDiff, preview: Preview | undefined): void {
  const { environment, from, to, isSame, changes, summary } = diff
  const { colors } = terminal
  terminal.line(`${colors.bold(environment)}  ${named(from)} → ${named(to)}`)
  if (isSame) terminal.line(from === to ? 'The same revision.' : 'The same content.')
  else if (changes.length === 0) terminal.line(summary)
  let last: string | undefined
  for (const { subject, kind, text } of changes) {
    if (subject !== last) terminal.line(`\n${colors.bold(subject)}`)
    last = subject
    terminal.line(`  ${inColor(kind, colors)(text)}`)
  }
  if (preview === undefined) return
  terminal.line(`\n${colors.bold('Who moves')}`)
  showPreview(terminal, preview)
}

function named(revision: RevisionDiff['to']): string {
  if (typeof revision === 'string') return `${revision} (not published)`
  return `${revision} (${localTime(publishedAtOf(revision))})`
}

function inColor(kind: Change['kind'], colors: Terminal['colors']): (text: string) => string {
  if (kind === 'changed') return (text) => text
  return kind === 'added' ? colors.green : colors.red
}
