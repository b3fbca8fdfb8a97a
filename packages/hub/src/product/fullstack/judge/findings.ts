/**
 * What may be wrong with a settings-file that an SDK survives. The table in `docs/guarantees.md` has every kind, and
 * what is refused instead.
 *
 * @module
 */
import type { SettingsFile } from '@vwo-hub/protocol/fullstack'
import { nameOf } from '../../../text/words.ts'
import type { Warning } from '../../product.ts'

/** A warning, and which campaign it is about. */
export interface Finding {
  /** Its place among all campaigns; undefined for what belongs to none. */
  readonly index: number | undefined
  readonly warning: Warning
}

/** Kinds that are refused under `HUB_STRICT=on`, as all of them once were. */
const strict: ReadonlySet<Warning['kind']> = new Set(['fault', 'undecided'])

export const isStrictly = ({ warning }: Finding): boolean => strict.has(warning.kind)

/** How it reads where a settings-file is refused for it. */
export function refusalOf({ index, warning: { place, why } }: Finding): string {
  if (index === undefined) return `${place}: ${why}`
  return `campaigns[${index}]${place === '' || place.startsWith('[') ? place : `.${place}`}: ${why}`
}

/** So far weights may be from 100 together: they are rounded, each to a hundredth. */
const ROUNDED = 1

/** What can be seen without trying: shares that do not add up, and what stands twice. */
export function plainFindings({ campaigns }: SettingsFile): Finding[] {
  const findings: Finding[] = []
  const keys = new Map<string, number>()
  for (const [index, campaign] of campaigns.entries()) {
    const note = (kind: Warning['kind'], place: string, why: string): void =>
      void findings.push({ index, warning: { kind, unit: campaign.key, place, why } })
    const first = keys.get(campaign.key)
    if (first !== undefined) {
      note(
        'duplicate',
        'key',
        `expected another one than that of campaigns[${first}], which is decided by alone`,
      )
      continue
    }
    keys.set(campaign.key, index)
    const { percentTraffic, variations, status } = campaign
    if (status !== 'RUNNING') continue
    if (percentTraffic < 0 || percentTraffic > 100)
      note('share', 'percentTraffic', `expected a number from 0 to 100, got ${percentTraffic}`)
    if (!Array.isArray(variations) || variations.length === 0) continue
    const weights = variations.map((variation) => Number((variation as { weight?: unknown } | null)?.weight))
    const negative = weights.findIndex((weight) => weight < 0)
    const sum = weights.reduce((total, weight) => total + weight, 0)
    if (negative !== -1)
      note(
        'share',
        `variations[${negative}].weight`,
        `expected a number from 0 to 100, got ${weights[negative] ?? ''}`,
      )
    else if (Math.abs(sum - 100) > ROUNDED)
      note('share', 'variations', `expected weights of 100 together, got ${Number(sum.toFixed(2))}`)
  }
  return findings
}

/** `checkout-test (variations[0].weight): expected a number from 0 to 100, got -5`. */
export function warningInWords({ unit, place, why }: Warning): string {
  if (unit === undefined) return `${place}: ${why}`
  return `${nameOf(unit)}${place === '' ? '' : ` (${place})`}: ${why}`
}
