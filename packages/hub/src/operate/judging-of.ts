import type { Environment } from '../environment/environment.ts'
import type { Judging, JudgingLimits, Product } from '../product/product.ts'
import { productOf } from '../product/products.ts'

/**
 * What an environment distributes, by what is published.
 *
 * @throws {@link HubError} `not-possible` for a product that this version does not know.
 */
export async function productIn({ read }: Pick<Environment, 'read'>): Promise<Product> {
  return productOf((await read.status()).current?.product)
}

/**
 * Knows the settings-files of an environment.
 *
 * @throws {@link HubError} `not-possible` for a product that this version does not know.
 */
export async function judgingOf(
  environment: Pick<Environment, 'read'>,
  limits?: JudgingLimits,
): Promise<Judging> {
  return (await productIn(environment)).open(limits)
}
