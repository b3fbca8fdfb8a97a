import { plainText } from '../../text/plain-text.ts'
import type { Change } from '../product.ts'

/** Limit for the one-line summary, in UTF-16 units. */
export const SUMMARY_LIMIT = 500

/** Limit for one change, in UTF-16 units. */
const CHANGE_LIMIT = 320

/** A change, harmless in a line. */
export function changeOf(subject: string, kind: Change['kind'], text: string): Change {
  return { subject, kind, text: plainText(text, CHANGE_LIMIT) }
}

/** As many changes as fit, then how many more there are. */
export function inOneLine(changes: readonly Change[]): string {
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
