import { Hono } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { html } from 'hono/html'
import { fromRedis } from '../admin/from-redis.ts'
import { HubError } from '../../errors.ts'
import type { Log } from '../../log/log.ts'
import { actPage } from './act-page.ts'
import { type PageAct, pageActs } from './act-forms.ts'
import type { Html } from './html.ts'
import { messagePage } from './layout.ts'
import { isSecure } from '../access/session.ts'
import { type EnvironmentVisit, formOf, isOwnForm, type Visit, type Visits } from './visit.ts'

/** Remembers who acts in this browser, for the next time. */
const nameCookie = 'vwo-hub-name'
const nameCookieSeconds = 30 * 24 * 3600

/** `/environments/<environment>/<act>`: asks with GET, acts with POST. */
export function createActRoutes(visits: Visits, log: Log): Hono {
  const app = new Hono()

  app.post(
    '/environments/:environment/refresh',
    visits.environment(async (visit) => {
      const { context, session, environment } = visit
      if (!isOwnForm(session, await formOf(context))) return refuse(visit)
      const ticket = await fromRedis(() => environment.requestRefresh('manual'))
      log.info({ environment: environment.config.name, ticket }, 'refresh asked for on the page')
      return done(visit, 'VWO is being asked. What comes of it shows below.')
    }),
  )

  for (const [name, act] of Object.entries(pageActs)) {
    const path = `/environments/:environment/${name}`
    app.get(
      path,
      visits.environment(async (visit) =>
        visit.context.html(await ask(act, visit, visit.context.req.query())),
      ),
    )
    app.post(
      path,
      visits.environment(async (visit) => {
        const { context, session, environment, observer } = visit
        const form = await formOf(context)
        if (!isOwnForm(session, form)) return refuse(visit)
        const { as = '', reason = '' } = form
        const actor = { as: as.trim().slice(0, 80) || 'dashboard', reason: reason.trim().slice(0, 300) }
        const run = act.prepare(form)
        try {
          const notice = await fromRedis(() => run(environment, actor))
          log.warn({ environment: environment.config.name, ...actor }, `${name} on the page: ${notice}`)
          setCookie(context, nameCookie, actor.as, {
            path: '/environments',
            httpOnly: true,
            sameSite: 'Strict',
            secure: isSecure(context),
            maxAge: nameCookieSeconds,
          })
          return done(visit, notice)
        } catch (error) {
          if (!(error instanceof HubError) || error.code !== 'not-possible') throw error
          observer.forget()
          return context.html(await ask(act, visit, form, error.message), 409)
        }
      }),
    )
  }

  return app
}

async function ask(
  act: PageAct,
  { context, environment, csrf, logout }: EnvironmentVisit,
  filledIn: Readonly<Record<string, string>>,
  fault?: string,
): Promise<Html> {
  return actPage({
    environment: environment.config.name,
    path: context.req.path,
    plan: await fromRedis(() => act.plan(environment, filledIn)),
    csrf,
    logout,
    as: filledIn['as'] ?? getCookie(context, nameCookie) ?? '',
    reason: filledIn['reason'] ?? '',
    fault,
  })
}

/** Back to the environment, so that a reload does not act again. */
function done({ context, session, environment, observer }: EnvironmentVisit, notice: string): Response {
  observer.forget()
  const query = new URLSearchParams({ notice, proof: session.proofOf(`notice ${notice}`) })
  return context.redirect(`/environments/${environment.config.name}?${query.toString()}`, 303)
}

function refuse(visit: Visit): Response | Promise<Response> {
  const text = html`This form was not made for this session: it may be older than the last sign-in. Nothing
  was changed. Open the page again.`
  return visit.context.html(messagePage('Not done', text, visit), 403)
}
