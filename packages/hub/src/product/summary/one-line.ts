import { plainText } from '../../text/plain-text.ts'
import { counted } from '../../text/words.ts'
import type { Change, Changes } from '../product.ts'

/** Limit for the one-line summary, in UTF-16 units. */
export const SUMMARY_LIMIT = 500

/** Limit for one change, in UTF-16 units. */
const CHANGE_LIMIT = 320

/** A change, harmless in a line. */
export function changeOf(subject: string, kind: Change['kind'], text: string): Change {
  return { subject, kind, text: plainText(text, CHANGE_LIMIT) }
}

/** What is told of the first settings-file of an environment: `first settings: 3 campaigns`. */
export function firstSettings(count: number, unit: string): Pick<Changes, 'summary' | 'changes'> {
  const text = `first settings: ${counted(count, unit)}`
  return { summary: text, changes: [changeOf('settings-file', 'added', text)] }
}

/** What is told of one that comes after another. */
export function summaryOf(changes: readonly Change[]): Pick<Changes, 'summary' | 'changes'> {
  return { summary: changes.length === 0 ? 'no visible change (sha differs)' : inOneLine(changes), changes }
}

/** As many changes as fit, then how many more there are. */
function inOneLine(changes: readonly Change[]): string {
  let line = ''
  let subject: string | undefined
  for (const [index, change] of changes.entries()) {
    const separator = line === '' ? '' : '; '
    const part =
      change.subject === subject ? `, ${change.text}` : `${separator}${change.subject}: ${change.text}`
    subject = change.subject
    const isLast = index === changes.length - 1
    const limit = isLast ? SUMMARY_LIMIT : SUMMARY_LIMIT - remainder(changes, index + 1).length
    if (line.length + part.length > limit) return line + remainder(changes, index)
    line += part
  }
  return line
}

/** Units that ended are the ones that must not go unnoticed, so they are counted. */
function remainder(changes: readonly Change[], from: number): string {
  const ended = changes.slice(from).filter(({ kind }) => kind === 'removed').length
  return ` … and ${changes.length - from} more${ended === 0 ? '' : ` (${ended} no longer there)`}`
}
