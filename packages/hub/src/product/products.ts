import { type ProductName, productNamed } from '@vwo-hub/protocol'
import { HubError } from '../errors.ts'
import { fme } from './fme/fme.ts'
import { fullstack } from './fullstack/fullstack.ts'
import type { Judging, Product } from './product.ts'

export const products: Readonly<Record<ProductName, Product>> = { fullstack, fme }

/** What environments distribute that name no product. */
export const defaultProduct: Product = fullstack

/**
 * What an environment distributes.
 *
 * @param name - As `meta` has it.
 * @throws {@link HubError} `not-possible` for one that this version does not know.
 */
export function productOf(name: string | undefined): Product {
  const named = productNamed(name)
  const found = Object.values(products).find((product) => product.name === named)
  if (found !== undefined) return found
  throw new HubError(
    'not-possible',
    `Cannot read settings of product "${named}": this version of vwo-hub does not know it.`,
  )
}

/** What a hub judges with: of each product one, opened when it is asked for first. */
export interface Judgings {
  of(product: Product): Judging
  /** Idempotent. */
  close(): Promise<void>
}

/** Judges settings-files as a hub is configured to; it may be started ahead of the hub. */
export function openJudgings(config: Parameters<typeof openJudging>[1]): Judgings {
  const opened = new Map<Product, Judging>()
  return {
    of(product) {
      const judging = opened.get(product) ?? openJudging(product, config)
      opened.set(product, judging)
      return judging
    },
    async close() {
      await Promise.all([...opened.values()].map((judging) => judging.close()))
    },
  }
}

/** The same for settings-files of one product. */
export function openJudging(
  product: Product,
  { maxSettingsBytes, isStrict = false }: { readonly maxSettingsBytes: number; readonly isStrict?: boolean },
): Judging {
  return product.open({ maxBytes: maxSettingsBytes, isStrict })
}
