import type { Context, Handler } from 'hono'
import { defaultProduct as product } from '../../product/products.ts'
import { json, open, type Operation, refusals } from '../description/operation.ts'
import { get, type Route } from '../description/route.ts'
import type { HubView } from '../hub-view.ts'
import { findAsked } from '../settings-by-key.ts'
import { settings, settingsResponse } from './settings-response.ts'

/**
 * What VWO serves, as VWO answers it, so that an unmodified SDK in any language can fetch from a hub. The sdkKey in the
 * query is the credential, as it is at VWO.
 */
export function createSdkRoutes(view: HubView): Route[] {
  const answer: Handler = (context) => {
    const asked = findAsked(view.environments.values(), context.req.query())
    if (asked.kind !== 'found') return refusalLikeVwo(context, asked)
    const published = asked.environment.current()
    if (published !== undefined) return settingsResponse(context, published, asked.environment, view)
    return notYet(context)
  }
  return sdkRoutes(answer)
}

/** The two of them, whatever answers. @param parameters - What it takes beside VWO's own. */
export function sdkRoutes(answer: Handler, parameters: readonly object[] = []): Route[] {
  return [
    get(
      product.paths.settings,
      likeVwo('readSettingsAsSdk', 'The settings-file for an unmodified SDK, at its launch', parameters),
      answer,
    ),
    get(product.paths.pull, likeVwo('pullSettingsAsSdk', 'The same, when it polls', parameters), answer),
  ]
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

function likeVwo(operationId: string, summary: string, more: readonly object[]): Operation {
  const query = (name: string, description: string, required = true) => ({
    name,
    in: 'query',
    required,
    description,
    schema: { type: 'string' },
  })
  const message = { type: 'object', required: ['message'], properties: { message: { type: 'string' } } }
  return {
    operationId,
    summary,
    tags: ['sdk'],
    ...open,
    parameters: [
      query('a', 'The accountId.'),
      query('i', 'The sdkKey, which is the credential.'),
      query(
        'sdk',
        'Which environment, where several have this account and key: the one with this sdk.',
        false,
      ),
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
