import type { Environment } from '../environment/environment.ts'
import type { Judging, JudgingLimits } from '../product/product.ts'
import { productOf } from '../product/products.ts'

/**
 * Knows the settings-files of an environment: by the product of what is published.
 *
 * @throws {@link HubError} `not-possible` for a product that this version does not know.
 */
export async function judgingOf(
  { read }: Pick<Environment, 'read'>,
  limits?: JudgingLimits,
): Promise<Judging> {
  return productOf((await read.status()).current?.product).open(limits)
}
