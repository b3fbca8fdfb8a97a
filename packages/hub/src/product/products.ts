import { fullstack } from './fullstack/fullstack.ts'
import type { Judging, Product } from './product.ts'

/** What environments distribute that name no other product. */
export const defaultProduct: Product = fullstack

/** Judges settings-files as a hub is configured to; it may be started ahead of the hub. */
export function openJudging(
  product: Product,
  { maxSettingsBytes, isStrict = false }: { readonly maxSettingsBytes: number; readonly isStrict?: boolean },
): Judging {
  return product.open({ maxBytes: maxSettingsBytes, isStrict })
}
