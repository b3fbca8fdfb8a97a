import type { ProductName } from '@vwo-hub/protocol'
import { ClientError } from '../errors.ts'

/** What makes a client of each product. */
const MADE_BY: Readonly<Record<string, string>> = {
  fullstack: 'createClient of @vwo-hub/client with vwo-node-sdk',
  fme: 'createFmeClient of @vwo-hub/client/fme with vwo-fme-node-sdk',
}

/** An environment of the other product: no settings of it can ever be used. */
export function otherProduct(found: {
  readonly environment: string
  readonly product: ProductName
  /** What is there. */
  readonly theirs: string
  readonly place: string
  /** What stays in use. */
  readonly stays: string
}): ClientError {
  const { environment, product, theirs, place, stays } = found
  const instead = MADE_BY[theirs] ?? 'a newer @vwo-hub/client'
  return new ClientError(
    'other-product',
    `Cannot use settings of "${environment}": expected product ${product} in ${place}, got ${theirs}. Use ${instead}, or the name of another environment. ${stays}`,
  )
}
