/** What an environment distributes: VWO FullStack, or VWO Feature Management & Experimentation. */
export type ProductName = 'fullstack' | 'fme'

export const PRODUCT_NAMES: readonly ProductName[] = ['fullstack', 'fme']

/**
 * The number of the protocol that a reader has to understand for settings of a product. Readers from before there were two
 * took every settings-file for one of FullStack: those of any other they must not be given.
 */
export const READABLE_SINCE: Readonly<Record<ProductName, number>> = { fullstack: 1, fme: 3 }

/**
 * Which product settings are of, as `meta` and messages say it: what says nothing is from before there were two.
 *
 * @returns A name that this reader may not know.
 */
export function productNamed(product: string | null | undefined): string {
  return product ? product : 'fullstack'
}
