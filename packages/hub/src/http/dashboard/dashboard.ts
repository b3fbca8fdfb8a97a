/**
 * The pages for people at the admin listener. They are made here, complete and without scripts; a small script keeps
 * them current. Settings-files are hostile input: everything is escaped, and the policy lets no other script run.
 *
 * @module
 */
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { html } from 'hono/html'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { z } from 'zod'
import { fromRedis } from '../admin/from-redis.ts'
import type { Observer } from '../../operate/observe.ts'
import type { HubView } from '../admin/hub-view.ts'
import { createActRoutes } from './act-page-routes.ts'
import { createAssets } from './assets.ts'
import { environmentPage } from './environment-page.ts'
import { outside } from './html.ts'
import { messagePage } from './layout.ts'
import { createLoginRoutes } from '../access/login-routes.ts'
import { movesIfAsked } from './moves-view.ts'
import { overviewPage } from './overview-page.ts'
import { revisionPage } from './revision-page.ts'
import type { Sessions } from '../access/session.ts'
import { createVisits } from './visit.ts'
import { HubError, type HubErrorCode } from '../../errors.ts'
import type { Log } from '../../log/log.ts'

export interface DashboardOptions {
  /** What the login asks for; without one there is no login. */
  readonly token: string | undefined
  readonly sessions: Sessions
  readonly observers: ReadonlyMap<string, Observer>
  readonly log: Log
}

/** Limit for what a form posts, in bytes. */
const MAX_FORM_BYTES = 16 * 1024

const titles: Partial<Record<HubErrorCode, readonly [status: ContentfulStatusCode, title: string]>> = {
  'not-found': [404, 'Not found'],
  'not-possible': [409, 'Not possible'],
  'redis-unreachable': [503, 'Redis does not answer'],
  timeout: [503, 'It took too long'],
}

/** Every page, its style and its script. */
export function createDashboard({ environments }: HubView, options: DashboardOptions): Hono {
  const { token, sessions, observers, log } = options
  const visits = createVisits({ hasLogin: token !== undefined, sessions, environments, observers })
  const app = new Hono()

  app.use(
    bodyLimit({
      maxSize: MAX_FORM_BYTES,
      onError: (context) => {
        const text = html`A form has at most ${MAX_FORM_BYTES} bytes. Nothing was changed.`
        return context.html(messagePage('Not done', text), 413)
      },
    }),
  )
  for (const [path, handler] of createAssets()) app.get(path, handler)

  app.get(
    '/',
    visits.page(async ({ context, logout }) => {
      const [only, second] = environments.keys()
      if (only !== undefined && second === undefined) return context.redirect(`/environments/${only}`, 302)
      const snapshots = await Promise.all([...observers.values()].map(({ read }) => read()))
      return context.html(overviewPage(snapshots, logout))
    }),
  )

  app.get(
    '/environments/:environment',
    visits.environment(async ({ context, session, csrf, logout, observer }) => {
      const { notice = '', proof = '' } = context.req.query()
      const isOurs = session.isProof(`notice ${notice}`, proof)
      const snapshot = await observer.read()
      return context.html(environmentPage({ snapshot, csrf, logout, notice: isOurs ? notice : undefined }))
    }),
  )

  app.get(
    '/environments/:environment/revisions/:revision',
    visits.environment(async ({ context, logout, environment }) => {
      const [revision, against] = [context.req.param('revision') ?? '', context.req.query('against')]
      const diff = await fromRedis(() => environment.diff(revision, against))
      const isCurrent = diff.to === environment.current()?.revision
      const moves = await fromRedis(async () => await movesIfAsked(context.req.query(), environment, diff))
      return context.html(revisionPage(diff, { isCurrent, moves, logout }))
    }),
  )

  app.route('/', createLoginRoutes({ token, sessions, log }))
  app.route('/', createActRoutes(visits, log))

  app.onError((error, context) => {
    if (error instanceof z.ZodError) {
      const text = html`The form is not as it has to be. Nothing was changed.`
      return context.html(messagePage('Not done', text), 400)
    }
    const [status, title] = (error instanceof HubError ? titles[error.code] : undefined) ?? []
    if (status !== undefined && title !== undefined) {
      return context.html(messagePage(title, outside(error.message)), status)
    }
    log.error({ err: error, path: context.req.path }, 'the dashboard failed')
    return context.html(messagePage('It failed', html`The hub failed to answer; its log says why.`), 500)
  })

  return app
}
