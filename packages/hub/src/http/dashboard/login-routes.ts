import { html } from 'hono/html'
import type { Sessions } from '../access/session.ts'
import type { TokenCheck } from '../access/token-check.ts'
import { open } from '../description/operation.ts'
import { get, post, type Route } from '../description/route.ts'
import { fromHere, rootOf } from '../root.ts'
import { formOf, isOwnForm } from './form.ts'
import { loginPage } from './login-page.ts'
import { htmlAnswer, notYours, page, tooLarge } from './page-operation.ts'

/** `/login` and `/logout`: the admin token for a session, and back. */
export function createLoginRoutes(options: {
  /** Without one there is nothing to log in with. */
  readonly token: () => string | undefined
  readonly tokens: TokenCheck
  readonly sessions: Sessions
}): Route[] {
  const { token, tokens, sessions } = options
  return [
    get(
      '/login',
      page('loginPage', 'Asks for the admin token', {
        ...open,
        responses: { 303: { description: 'Where there is no token: to the overview.' } },
      }),
      (context) => {
        if (token() === undefined) return context.redirect(fromHere(context, '/'), 303)
        return context.html(loginPage({ root: rootOf(context), next: safePath(context.req.query('next')) }))
      },
    ),
    post(
      '/login',
      {
        operationId: 'login',
        summary: 'Begins a session: 12 hours, in a cookie',
        tags: ['page'],
        ...open,
        responses: {
          303: { description: 'To the page that was wanted.' },
          401: htmlAnswer('It was not the token.'),
          403: notYours,
          429: htmlAnswer('Too many wrong tokens from this address: it was not looked at.'),
          ...tooLarge,
        },
      },
      async (context) => {
        const form = await formOf(context)
        const next = safePath(form['next'])
        const root = rootOf(context)
        if (token() !== undefined) {
          const checked = await tokens.check(context, form['token'] ?? '')
          if (checked === 'wrong') return context.html(loginPage({ root, next, fault: wrong }), 401)
          if (checked === 'too-many') return context.html(loginPage({ root, next, fault: tooMany }), 429)
        }
        await sessions.begin(context)
        return context.redirect(fromHere(context, next), 303)
      },
    ),
    post(
      '/logout',
      {
        operationId: 'logout',
        summary: 'Ends the session, at every hub',
        tags: ['page'],
        ...open,
        responses: { 303: { description: 'To the login.' }, 403: notYours, ...tooLarge },
      },
      async (context) => {
        const session = await sessions.find(context)
        if (isOwnForm(session, await formOf(context))) await sessions.end(context)
        return context.redirect(fromHere(context, '/login'), 303)
      },
    ),
  ]
}

const wrong = html`This is not the token. Expected the value of <code>HUB_ADMIN_TOKEN</code>.`
const tooMany = html`Too many wrong tokens came from where you are. Wait a second, and try again.`

/** A page, and what it is asked for. */
const ofPage = /^\/(environments\/[a-z\d._-]+(\/[a-z]+(\/[a-z\d]+)?)?)?(\?[\w%=&+.*-]{1,2000})?$/

/** Where to go after the login: a page of ours, nothing else. */
function safePath(path = '/'): string {
  return ofPage.test(path) ? path : '/'
}
