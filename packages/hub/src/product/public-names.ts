/**
 * Names that people and programs know from outside, in `meta`, audit and JSON: there a unit is called a campaign,
 * whatever the product. Inside they are units.
 *
 * @module
 */
import type { Preview, UnitPreview } from './preview.ts'

/** How many units a settings-file has. */
export function publicCount<T extends number | string>(units: T): { readonly campaigns: T } {
  return { campaigns: units }
}

/** A preview as JSON. */
export interface PublicPreview {
  readonly users: number
  readonly campaigns: readonly (Omit<UnitPreview, 'unit'> & { readonly campaign: string })[]
}

export function publicPreview({ users, units }: Preview): PublicPreview {
  return { users, campaigns: units.map(({ unit, ...rest }) => ({ campaign: unit, ...rest })) }
}
