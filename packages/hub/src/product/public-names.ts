/**
 * Names that people and programs know from outside, in `meta`, audit and JSON: there a unit is called a campaign,
 * whatever the product. Inside they are units.
 *
 * @module
 */
import { counted } from '../text/words.ts'
import type { Preview, UnitPreview } from './preview/preview.ts'

/** How many units a settings-file has. */
export function publicCount<T extends number | string>(units: T): { readonly campaigns: T } {
  return { campaigns: units }
}

/** `12 features`. @param product - As `meta` has it. */
export function unitsInWords(count: number, product: string): string {
  return counted(count, unitOf(product))
}

/** `campaign`. @param product - As `meta` has it. */
export function unitOf(product: string): string {
  return product === 'fme' ? 'feature' : 'campaign'
}

/** A preview as JSON. */
export interface PublicPreview {
  readonly users: number
  /** How many more campaigns may decide otherwise, for which there was no time. */
  readonly undecided?: number
  readonly campaigns: readonly (Omit<UnitPreview, 'unit'> & { readonly campaign: string })[]
}

export function publicPreview({ users, undecided, units }: Preview): PublicPreview {
  return {
    users,
    ...(undecided !== undefined && { undecided }),
    campaigns: units.map(({ unit, ...rest }) => ({ campaign: unit, ...rest })),
  }
}
