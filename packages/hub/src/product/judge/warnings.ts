import { plainText } from '../../text/plain-text.ts'
import type { Accepted, Warning } from '../product.ts'
import { warningInWords } from './unit-finding.ts'

/** So many warnings are told; of the others how many there are. */
const TOLD = 20
/** How long a warning is in a summary at most, in UTF-16 units. */
const MAX_LENGTH = 200

export function told(warnings: readonly Warning[]): Accepted['warnings'] {
  return {
    count: warnings.length,
    told: warnings.slice(0, TOLD).map((warning) => ({
      ...warning,
      text: plainText(warningInWords(warning), MAX_LENGTH),
    })),
  }
}

/** What a change brings that was not wrong before: `; warning: checkout-test (variations): …`, or nothing. */
export function newWarnings(before: readonly Warning[] | undefined, after: readonly Warning[]): string {
  if (after.length === 0) return ''
  const known = new Set((before ?? []).map(sameness))
  const fresh = after.filter((warning) => !known.has(sameness(warning)))
  const [first, ...others] = fresh
  if (first === undefined) return ''
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`
  return `; warning: ${plainText(warningInWords(first), MAX_LENGTH)}${more}`
}

const sameness = ({ unit, kind, place, why }: Warning): string => JSON.stringify([unit, kind, place, why])
