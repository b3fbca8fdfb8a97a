import type { Handler } from 'hono'
import { isSameSecret } from '../access/secret.ts'
import { settingsResponse } from './settings-response.ts'
import type { Owner } from '../../product/product.ts'
import { defaultProduct as product } from '../../product/products.ts'
import type { EnvironmentView, HubView } from './hub-view.ts'

/**
 * What VWO serves, as VWO answers it, so that an unmodified SDK in any language can fetch from a hub. The sdkKey in the
 * query is the credential, as it is at VWO.
 */
export function vwoEndpoint(view: HubView): Handler {
  return (context) => {
    const environment = environmentOf(view, product.ownerIn(context.req.query()))
    if (environment === undefined) return context.json({ message: 'Invalid api key' }, 400)
    const published = environment.current()
    if (published !== undefined) return settingsResponse(context, published)
    return context.json({ message: 'No settings yet. Try again in a moment.' }, 503, { 'Retry-After': '1' })
  }
}

/** Looks at all of them, so that the time taken says nothing about a key. */
function environmentOf(view: HubView, { accountId, sdkKey }: Owner): EnvironmentView | undefined {
  let found: EnvironmentView | undefined
  const given = JSON.stringify([accountId, sdkKey])
  for (const environment of view.environments.values()) {
    const expected = JSON.stringify([environment.config.accountId, environment.config.sdkKey])
    if (isSameSecret(given, expected)) found = environment
  }
  return found
}
