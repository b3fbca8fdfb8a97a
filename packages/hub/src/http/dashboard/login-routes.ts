import type { Log } from '../../log/log.ts'
import { isSameSecret } from '../access/secret.ts'
import type { Sessions } from '../access/session.ts'
import { open } from '../description/operation.ts'
import { get, post, type Route } from '../description/route.ts'
import { formOf, isOwnForm } from './form.ts'
import { loginPage } from './login-page.ts'
import { htmlAnswer, notYours, page, tooLarge } from './page-operation.ts'

/** `/login` and `/logout`: the admin token for a session, and back. */
export function createLoginRoutes(options: {
  /** Without one there is nothing to log in with. */
  readonly token: () => string | undefined
  readonly sessions: Sessions
  readonly log: Log
}): Route[] {
  const { token, sessions, log } = options
  return [
    get(
      '/login',
      page('loginPage', 'Asks for the admin token', {
        ...open,
        responses: { 303: { description: 'Where there is no token: to the overview.' } },
      }),
      (context) => {
        if (token() === undefined) return context.redirect('/', 303)
        return context.html(loginPage({ next: safePath(context.req.query('next')) }))
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
          ...tooLarge,
        },
      },
      async (context) => {
        const form = await formOf(context)
        const next = safePath(form['next'])
        const expected = token()
        if (expected !== undefined && !isSameSecret(form['token'] ?? '', expected)) {
          log.warn('login to the dashboard refused: not the admin token')
          return context.html(loginPage({ next, isWrong: true }), 401)
        }
        await sessions.begin(context)
        return context.redirect(next, 303)
      },
    ),
    post(
      '/logout',
      {
        operationId: 'logout',
        summary: 'Takes the cookie away',
        tags: ['page'],
        ...open,
        responses: { 303: { description: 'To the login.' }, 403: notYours, ...tooLarge },
      },
      async (context) => {
        const session = await sessions.find(context)
        if (isOwnForm(session, await formOf(context))) sessions.end(context)
        return context.redirect('/login', 303)
      },
    ),
  ]
}

/** Where to go after the login: a page of ours, nothing else. */
function safePath(path: string | undefined): string {
  return path !== undefined && /^\/environments\/[a-z\d._-]+(\/[a-z]+(\/\d+)?)?$/.test(path) ? path : '/'
}
