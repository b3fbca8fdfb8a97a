import type { Context, MiddlewareHandler } from 'hono'
import { html } from 'hono/html'
import { isSameSecret } from './secret.ts'
import type { Sessions } from './session.ts'
import type { TokenCheck } from './token-check.ts'
import { products } from '../../product/products.ts'
import { failure } from '../failure.ts'
import { fromHere } from '../root.ts'

/** For probes, which carry no token and learn no secret. */
const openPaths: ReadonlySet<string> = new Set(['/healthz', '/readyz'])
/** What a browser needs before it has shown the token. */
const loginPath = /^\/(login|logout|assets\/[a-z.]+)$/
/** Pages, and what their forms post to. */
const pagePath = /^\/(environments\/.*)?$/
/** Authenticated by the sdkKey in the query, as at VWO. */
const keyedPaths: ReadonlySet<string> = new Set(
  Object.values(products).flatMap(({ paths }) => Object.values(paths)),
)

/**
 * Who may use the admin API.
 *
 * - With a token: whoever has it, and a browser whose session began with it. Of the API such a browser may only read:
 *   its cookie is sent by itself, also where another page asks, and only the forms of pages prove where they are from.
 * - Without one the listener is on the loopback interface, and a browser on this machine is the way in for
 *   strangers. A page whose name resolves to 127.0.0.1 shows in the `Host` header; a page that posts a form
 *   shows in `Origin`, and one that has something loaded from here, be it for the work that it makes, shows in
 *   `Sec-Fetch-Site`. All are refused.
 */
export function guardAdmin(
  tokenNow: () => string | undefined,
  { check }: TokenCheck,
  sessions: Sessions,
): MiddlewareHandler {
  return async (context, next) => {
    const token = tokenNow()
    if (token === undefined && !isLoopbackName(new URL(context.req.url).hostname)) {
      return failure(
        context,
        403,
        'forbidden',
        'Without HUB_ADMIN_TOKEN this listener answers to localhost, 127.0.0.1 and [::1] only.',
      )
    }
    if (isCrossSite(context)) {
      return failure(context, 403, 'forbidden', 'A page of another site may not act here.')
    }
    const { path } = context.req
    if (token === undefined && isFromElsewhere(context)) {
      if (isVisit(context)) return context.html(againPage(fromHere(context, wantedOf(context))))
      return failure(context, 403, 'forbidden', 'A page of another site may not ask here.')
    }
    const isOpen = openPaths.has(path) || keyedPaths.has(path) || loginPath.test(path)
    if (token === undefined || isOpen) return await next()
    const bearer = bearerOf(context)
    const checked = bearer === '' ? 'wrong' : await check(context, bearer)
    if (checked === 'right') return await next()
    if (checked === 'too-many') return tooManyWrong(context)
    const isPage = pagePath.test(path)
    if ((isPage || isReading(context)) && (await sessions.find(context)) !== undefined) return await next()
    if (isPage) {
      const isLinked = context.req.header('Sec-Fetch-Site') === 'cross-site'
      const wanted = wantedOf(context)
      if (isLinked && isReading(context)) return context.html(againPage(fromHere(context, wanted)))
      const login = `/login?${new URLSearchParams({ next: wanted }).toString()}`
      return context.redirect(fromHere(context, login), 303)
    }
    context.header('WWW-Authenticate', 'Bearer')
    return failure(context, 401, 'unauthorized', 'Expected "Authorization: Bearer <HUB_ADMIN_TOKEN>".')
  }
}

/**
 * Whether a request that was let in would be let in now, by the token or the session that it came with. Nobody guesses
 * here, so nothing is counted or slowed down.
 */
export async function isStillLetIn(
  context: Context,
  token: string | undefined,
  sessions: Pick<Sessions, 'find'>,
): Promise<boolean> {
  if (token === undefined || isSameSecret(bearerOf(context), token)) return true
  return (await sessions.find(context)) !== undefined
}

/** What to ask for once more, without what makes work: another site may have led here. */
function wantedOf({ req }: Context): string {
  const query = new URL(req.url).searchParams
  query.delete('moves')
  return query.size === 0 ? req.path : `${req.path}?${query.toString()}`
}

/**
 * A browser does not send the cookie when a link of another site leads here, in a chat for example. Coming back from
 * this page it does.
 */
function againPage(href: string) {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>vwo-hub</title>
        <meta http-equiv="refresh" content="0; url=${href}" />
      </head>
      <body>
        <a href="${href}">Continue</a>
      </body>
    </html>`
}

function tooManyWrong(context: Context): Response {
  context.header('Retry-After', '1')
  const message = 'Too many wrong tokens from this address. Wait a second, and try again.'
  return failure(context, 429, 'too-many-requests', message)
}

function isReading(context: Context): boolean {
  return context.req.method === 'GET' || context.req.method === 'HEAD'
}

function isLoopbackName(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
}

/** By what browsers say of it; programs do not. */
function isFromElsewhere(context: Context): boolean {
  const site = context.req.header('Sec-Fetch-Site')
  return site !== undefined && site !== 'same-origin' && site !== 'none'
}

/** Somebody follows a link to a page, which nobody else sees then. */
function isVisit(context: Context): boolean {
  const { path } = context.req
  const header = (name: string): string | undefined => context.req.header(`Sec-Fetch-${name}`)
  return (
    isReading(context) &&
    pagePath.test(path) &&
    header('Mode') === 'navigate' &&
    header('Dest') === 'document'
  )
}

/** Only acts are refused: a page of another site cannot read what is answered. */
function isCrossSite(context: Context): boolean {
  if (isReading(context)) return false
  if (isFromElsewhere(context)) return true
  const origin = context.req.header('Origin')
  if (origin === undefined) return false
  // By host: a proxy in front may have taken the TLS off.
  return !URL.canParse(origin) || new URL(origin).host !== new URL(context.req.url).host
}

/** The token that a caller shows; empty where there is none. */
export function bearerOf(context: Context): string {
  return /^Bearer +(\S+) *$/i.exec(context.req.header('Authorization') ?? '')?.[1] ?? ''
}
