import type { Handler } from 'hono'
import type { EnvironmentView } from '../../operate/environment-view.ts'
import type { Owner } from '../../product/product.ts'
import { defaultProduct as product } from '../../product/products.ts'
import { isSameSecret } from '../access/secret.ts'
import { json, open, type Operation, refusals } from '../description/operation.ts'
import { get, type Route } from '../description/route.ts'
import type { HubView } from '../hub-view.ts'
import { settings, settingsResponse } from './settings-response.ts'

/**
 * What VWO serves, as VWO answers it, so that an unmodified SDK in any language can fetch from a hub. The sdkKey in the
 * query is the credential, as it is at VWO.
 */
export function createSdkRoutes(view: HubView): Route[] {
  const answer: Handler = (context) => {
    const environment = environmentOf(view, product.ownerIn(context.req.query()))
    if (environment === undefined) return context.json({ message: 'Invalid api key' }, 400)
    const published = environment.current()
    if (published !== undefined) return settingsResponse(context, published, environment, view)
    return context.json({ message: 'No settings yet. Try again in a moment.' }, 503, { 'Retry-After': '1' })
  }
  return [
    get(
      product.paths.settings,
      likeVwo('readSettingsAsSdk', 'The settings-file for an unmodified SDK, at its launch'),
      answer,
    ),
    get(product.paths.pull, likeVwo('pullSettingsAsSdk', 'The same, when it polls'), answer),
  ]
}

function likeVwo(operationId: string, summary: string): Operation {
  const query = (name: string, description: string) => ({
    name,
    in: 'query',
    required: true,
    description,
    schema: { type: 'string' },
  })
  const message = { type: 'object', required: ['message'], properties: { message: { type: 'string' } } }
  return {
    operationId,
    summary,
    tags: ['sdk'],
    ...open,
    parameters: [query('a', 'The accountId.'), query('i', 'The sdkKey, which is the credential.')],
    responses: {
      ...settings,
      400: json('Account and key belong to no environment.', message),
      403: refusals[403],
      503: json('Nothing has been published yet.', message),
    },
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
