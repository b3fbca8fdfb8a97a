/**
 * What may be wrong with a settings-file that an SDK survives. The table in `docs/guarantees.md` has every kind, and
 * what is refused instead.
 *
 * @module
 */
import { plainText } from '../../text/plain-text.ts'
import { nameOf } from '../../text/words.ts'
import type { Warning } from '../product.ts'

/** A warning, and what it is about. */
export interface Finding {
  /** The list, and the place in it, that it is about: `campaigns[3]`; undefined for what belongs to none. */
  readonly within: string | undefined
  readonly warning: Warning
}

/** Says what is wrong with one unit, at a place in it. */
export type Note = (kind: Warning['kind'], place: string, why: string) => void

/** Goes through the units of a file: of those with one key the first is looked at, and the others are told of. */
export function findInUnits<Unit extends { readonly key: string }>(
  list: 'campaigns' | 'features',
  units: readonly Unit[],
  look: (unit: Unit, note: Note) => void,
): Finding[] {
  const findings: Finding[] = []
  const keys = new Map<string, number>()
  for (const [index, unit] of units.entries()) {
    const note: Note = (kind, place, why) =>
      void findings.push({ within: `${list}[${index}]`, warning: { kind, unit: unit.key, place, why } })
    const first = keys.get(unit.key)
    if (first === undefined) {
      keys.set(unit.key, index)
      look(unit, note)
    } else {
      note(
        'duplicate',
        'key',
        `expected another one than that of ${list}[${first}], which is decided by alone`,
      )
    }
  }
  return findings
}

/** Kinds that are refused under `HUB_STRICT=on`, as all of them once were. */
const strict: ReadonlySet<Warning['kind']> = new Set(['fault', 'undecided'])

export const isStrictly = ({ kind }: Warning): boolean => strict.has(kind)

/** How it reads where a settings-file is refused for it. */
export function refusalOf({ within, warning: { place, why } }: Finding): string {
  return `${placeIn(within, place)}: ${why}`
}

/** `groups["5"]`, whatever the name is. */
export function placeNamed(list: string, name: string): string {
  return `${list}[${JSON.stringify(plainText(name, 60))}]`
}

/** `campaigns[3].key`. */
function placeIn(within: string | undefined, place: string): string {
  if (within === undefined) return place
  return `${within}${place === '' || place.startsWith('[') ? place : `.${place}`}`
}

/** `checkout-test (variations[0].weight): expected a number from 0 to 100, got -5`. */
export function warningInWords({ unit, place, why }: Warning): string {
  if (unit === undefined) return `${place}: ${why}`
  return `${nameOf(unit)}${place === '' ? '' : ` (${place})`}: ${why}`
}

/** So far weights may be from 100 together: they are rounded, each to a hundredth. */
const ROUNDED = 1

/** What is wrong with the shares of variations, and where. */
export function shareFault(
  weights: readonly number[],
): { readonly place: string; readonly why: string } | undefined {
  if (weights.length === 0) return undefined
  const negative = weights.findIndex((weight) => weight < 0)
  const sum = weights.reduce((total, weight) => total + weight, 0)
  if (negative !== -1) {
    const why = `expected a number from 0 to 100, got ${weights[negative] ?? ''}`
    return { place: `variations[${negative}].weight`, why }
  }
  if (Math.abs(sum - 100) <= ROUNDED) return undefined
  return { place: 'variations', why: `expected weights of 100 together, got ${Number(sum.toFixed(2))}` }
}
