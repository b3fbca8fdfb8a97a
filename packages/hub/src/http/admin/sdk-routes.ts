import type { Context, Handler } from 'hono'
import type { Product } from '../../product/product.ts'
import { products } from '../../product/products.ts'
import { inQuery, json, open, type Operation, refusals } from '../description/operation.ts'
import { get, type Route } from '../description/route.ts'
import { object } from '../description/schemas.ts'
import type { HubView } from '../hub-view.ts'
import { findAsked } from '../settings-by-key.ts'
import { settings, settingsResponse } from './settings-response.ts'

/**
 * What VWO serves, as VWO answers it, so that an unmodified SDK in any language can fetch from a hub. The sdkKey in the
 * query is the credential, as it is at VWO.
 */
export function createSdkRoutes(view: HubView): Route[] {
  return sdkRoutes((product) => (context) => {
    const asked = findAsked(product, view.environments.values(), context.req.query())
    if (asked.kind !== 'found') return refusalLikeVwo(context, asked)
    const published = asked.environment.current()
    if (published !== undefined) return settingsResponse(context, published, asked.environment, view)
    return notYet(context)
  })
}

/** Two for each product, whatever answers. @param parameters - What it takes beside VWO's own. */
export function sdkRoutes(
  answerFor: (product: Product) => Handler,
  parameters: readonly object[] = [],
): Route[] {
  return Object.values(products).flatMap((product) => {
    const answer = answerFor(product)
    // FullStack's have had their names before there was another product.
    const suffix = product.name === 'fullstack' ? '' : 'OfFme'
    const describe = (id: string, summary: string): Operation =>
      likeVwo(`${id}${suffix}`, product, summary, parameters)
    return [
      get(
        product.paths.settings,
        describe('readSettingsAsSdk', 'The settings-file for an unmodified SDK, at its launch'),
        answer,
      ),
      get(product.paths.pull, describe('pullSettingsAsSdk', 'The same, when it polls'), answer),
    ]
  })
}

/** As VWO does it. */
export function refusalLikeVwo(
  context: Context,
  asked: { readonly kind: 'unknown' } | { readonly kind: 'ambiguous'; readonly why: string },
): Response {
  return context.json({ message: asked.kind === 'unknown' ? 'Invalid api key' : asked.why }, 400)
}

export function notYet(context: Context): Response {
  return context.json({ message: 'No settings yet. Try again in a moment.' }, 503, { 'Retry-After': '1' })
}

function likeVwo(
  operationId: string,
  { sdkQuery }: Product,
  summary: string,
  more: readonly object[],
): Operation {
  const message = object({ message: { type: 'string' } })
  return {
    operationId,
    summary,
    tags: ['sdk'],
    ...open,
    parameters: [
      inQuery('a', 'The accountId.', { required: true }),
      inQuery('i', 'The sdkKey, which is the credential.', { required: true }),
      inQuery(sdkQuery, 'Which environment, where several have this account and key: the one with this sdk.'),
      ...more,
    ],
    responses: {
      ...settings,
      400: json('Account and key belong to no environment, or to several.', message),
      403: refusals[403],
      503: json('Nothing has been published yet.', message),
    },
  }
}
