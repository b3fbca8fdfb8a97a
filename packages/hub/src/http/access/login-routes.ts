import { Hono } from 'hono'
import type { Log } from '../../log/log.ts'
import { isSameSecret } from './secret.ts'
import { loginPage } from './login-page.ts'
import type { Sessions } from './session.ts'
import { formOf, isOwnForm } from '../dashboard/visit.ts'

/** `/login` and `/logout`: the admin token for a session, and back. */
export function createLoginRoutes(options: {
  /** Without one there is nothing to log in with. */
  readonly token: string | undefined
  readonly sessions: Sessions
  readonly log: Log
}): Hono {
  const { token, sessions, log } = options
  const app = new Hono()

  app.get('/login', (context) => {
    if (token === undefined) return context.redirect('/', 303)
    return context.html(loginPage({ next: safePath(context.req.query('next')) }))
  })

  app.post('/login', async (context) => {
    const form = await formOf(context)
    const next = safePath(form['next'])
    if (token !== undefined && !isSameSecret(form['token'] ?? '', token)) {
      log.warn('login to the dashboard refused: not the admin token')
      return context.html(loginPage({ next, isWrong: true }), 401)
    }
    await sessions.begin(context)
    return context.redirect(next, 303)
  })

  app.post('/logout', async (context) => {
    const session = await sessions.find(context)
    if (isOwnForm(session, await formOf(context))) sessions.end(context)
    return context.redirect('/login', 303)
  })

  return app
}

/** Where to go after the login: a page of ours, nothing else. */
function safePath(path: string | undefined): string {
  return path !== undefined && /^\/environments\/[a-z\d._-]+(\/[a-z]+(\/\d+)?)?$/.test(path) ? path : '/'
}
