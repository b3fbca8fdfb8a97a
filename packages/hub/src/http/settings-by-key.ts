import type { EnvironmentConfig } from '../config/hub-config.ts'
import type { Product } from '../product/product.ts'
import { productOf } from '../product/products.ts'
import { isSameSecret } from './access/secret.ts'

type Keyed = Pick<EnvironmentConfig, 'name' | 'product' | 'accountId' | 'sdkKey' | 'sdk'>

/** Whose settings-file a request in VWO's own form asks for. */
export type Asked<Environment> =
  | { readonly kind: 'found'; readonly environment: Environment }
  /** Account and key belong to none. */
  | { readonly kind: 'unknown' }
  /** They belong to several, and the request does not say which: in words. */
  | { readonly kind: 'ambiguous'; readonly why: string }

/**
 * Of those of the product, by account and key, and where several environments have the same ones, by the `sdk` of the request, which names the form
 * of the settings-file. Looks at all of them, so that the time taken says nothing about a key.
 */
export function findAsked<Environment extends { readonly config: Keyed }>(
  product: Product,
  environments: Iterable<Environment>,
  query: Readonly<Record<string, string>>,
): Asked<Environment> {
  const { accountId, sdkKey } = product.ownerIn(query)
  const given = JSON.stringify([accountId, sdkKey])
  const owned: Environment[] = []
  for (const environment of environments) {
    const { config } = environment
    const isRight = isSameSecret(given, JSON.stringify([config.accountId, config.sdkKey]))
    if (isRight && productOf(config.product) === product) owned.push(environment)
  }
  const meant =
    owned.length > 1 ? owned.filter(({ config }) => config.sdk === query[product.sdkQuery]) : owned
  const [environment] = meant
  if (environment !== undefined && meant.length === 1) return { kind: 'found', environment }
  if (owned.length === 0) return { kind: 'unknown' }
  const list = owned.map(({ config }) => `${config.name} (${product.sdkQuery}=${config.sdk})`).join(', ')
  return {
    kind: 'ambiguous',
    why: `Several environments have this account and key: ${list}. Expected an sdk in the query that one of them has alone.`,
  }
}
