import { productNamed } from '@vwo-hub/protocol'
import type { Context } from 'hono'
import type { Published } from '../../environment/meta.ts'
import type { EnvironmentView } from '../../operate/environment-view.ts'
import { type Answer, header, inQuery, json } from '../description/operation.ts'
import { failure } from '../failure.ts'
import type { HubView } from '../hub-view.ts'

/** Says which revision a response carries; the body is VWO's JSON and has no place for it. */
const revisionHeader = 'VWO-Hub-Revision'
/** Says `true` where Redis has not confirmed for long that it is the newest. */
const staleHeader = 'VWO-Hub-Stale'
/** Says what it is a settings-file of. */
const productHeader = 'VWO-Hub-Product'

/** How it is described. */
export const settings: Readonly<Record<200 | 304, Answer>> = {
  200: {
    ...json('The settings-file, exactly as VWO sent it.', { type: 'object' }),
    headers: {
      ETag: header('The sha256 of the text, in quotes.'),
      [revisionHeader]: header('Which revision it is.'),
      [productHeader]: header('What it is a settings-file of: `fullstack` or `fme`.'),
      'Last-Modified': header('When it was published.'),
      Age: header('How many seconds ago Redis has said that it is the newest.'),
      [staleHeader]: {
        description: 'Whether that is longer ago than HUB_STALE_AFTER_MS.',
        schema: { enum: ['true', 'false'] },
      },
    },
  },
  304: { description: 'It is the one that `If-None-Match` names.' },
}

/** How the question is described. */
export const productParameter = inQuery(
  'product',
  'What the caller can read: `fullstack` (default) or `fme`. Settings of another product are refused with 409.',
)

/**
 * Refuses whoever does not say that these are settings of a product that it can read: callers from before there were two took
 * all for FullStack.
 */
export function refuseOtherProduct(
  context: Context,
  { meta }: Pick<Published, 'meta'>,
): Response | undefined {
  const product = productNamed(meta.product)
  if (productNamed(context.req.query('product')) === product) return undefined
  context.header(productHeader, product)
  const message = `These are settings of product "${product}". Expected who reads them to say so: ?product=${product}.`
  return failure(context, 409, 'other-product', message)
}

type Confirmed = Pick<EnvironmentView, 'confirmedMsAgo'>

/** Whether Redis has not confirmed for too long that what this hub has is the newest. */
export function isStale(
  { confirmedMsAgo }: Confirmed,
  { staleAfterMs }: Pick<HubView, 'staleAfterMs'>,
): boolean {
  return (confirmedMsAgo() ?? Number.POSITIVE_INFINITY) > staleAfterMs
}

/**
 * The settings-file as it is stored, or `304` for a caller that has it already. Served also while Redis is away; then it says
 * for how long.
 *
 * @param isKnown - The caller has it, whatever else it says.
 */
export function settingsResponse(
  context: Context,
  { text, revision, meta }: Published,
  environment: Confirmed,
  view: Pick<HubView, 'staleAfterMs'>,
  isKnown: boolean = false,
): Response {
  const etag = etagOf(meta)
  context.header('ETag', etag)
  // The sdkKey is in it.
  context.header('Cache-Control', 'no-store')
  context.header(revisionHeader, String(revision))
  context.header(productHeader, productNamed(meta.product))
  context.header('Last-Modified', new Date(revision).toUTCString())
  const confirmedMsAgo = environment.confirmedMsAgo()
  if (confirmedMsAgo !== undefined) context.header('Age', String(Math.floor(confirmedMsAgo / 1000)))
  context.header(staleHeader, String(isStale(environment, view)))
  if (isKnown || hasTag(context, etag)) return context.body(null, 304)
  // What the SDK asks for: it refuses any other content type.
  return context.body(text as Uint8Array<ArrayBuffer>, 200, {
    'Content-Type': 'application/json; charset=utf-8',
  })
}

export function etagOf(meta: Published['meta']): string {
  return `"${meta.sha256}"`
}

/** Whether the caller has it. @see RFC 9110, 13.1.2: a list of tags or `*`, compared without regard to `W/`. */
export function hasTag(context: Context, etag: string): boolean {
  const ifNoneMatch = context.req.header('If-None-Match')
  if (ifNoneMatch === undefined) return false
  return ifNoneMatch.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag)
}
