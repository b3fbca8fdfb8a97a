import type { Context } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { html } from 'hono/html'
import { environment } from '../description/operation.ts'
import { get, post, type Route } from '../description/route.ts'
import { fromRedis } from '../from-redis.ts'
import { HubError, type HubErrorCode } from '../../errors.ts'
import type { Log } from '../../log/log.ts'
import { actPage, type ActPageOptions } from './act-page.ts'
import { pageActs } from './act-forms.ts'
import { AskOnceMore, type PageAct } from './page-act.ts'
import type { Html } from './html.ts'
import { messagePage } from './layout.ts'
import { isSecure } from '../access/session.ts'
import { cookiePath, fromHere } from '../root.ts'
import { fileFormOf, type Form, formOf, isOwnForm } from './form.ts'
import { form, htmlAnswer, notFound, page, redisAway, toLogin } from './page-operation.ts'
import type { EnvironmentVisit, Visit, Visits } from './visit.ts'

/** Remembers who acts in this browser, for the next time. */
const nameCookie = 'vwo-hub-name'
const nameCookieSeconds = 30 * 24 * 3600

/** How long the page waits for what comes of a refresh, in milliseconds: as long as a hub takes to tell why it failed. */
const REFRESH_MS = 8000

/** Why it was not done is said above the form, which is there again. */
const TELLS_WHY: ReadonlySet<HubErrorCode> = new Set(['not-possible', 'settings-refused'])

const of = '/environments/{environment}'

/** `/environments/<environment>/<act>`: asks with GET, acts with POST. */
export function createActPageRoutes(visits: Visits, log: Log): Route[] {
  return [
    post(
      `${of}/refresh`,
      form('refreshOnPage', 'Asks VWO now', ['csrf']),
      visits.environment(async (visit) => {
        const { context, session, environment: acted } = visit
        if (!isOwnForm(session, await formOf(context))) return refuse(visit)
        const { message, ...outcome } = await fromRedis(() => acted.refreshNow(REFRESH_MS))
        log.info({ environment: acted.config.name, ...outcome }, 'refresh asked for on the page')
        return done(visit, message)
      }),
    ),
    ...Object.entries(pageActs).flatMap(([name, act]) => [
      get(
        `${of}/${name}`,
        page(`${name}Page`, `Says what ${name} would do, and asks`, {
          parameters: [environment],
          responses: {
            ...toLogin,
            ...notFound,
            409: htmlAnswer('Not possible as things are.'),
            ...redisAway,
          },
        }),
        visits.environment(async (visit) =>
          visit.context.html(await ask(act, visit, { filledIn: visit.context.req.query() })),
        ),
      ),
      post(
        `${of}/${name}`,
        form(
          `${name}OnPage`,
          `Does ${name}`,
          ['csrf', 'as', 'reason', ...act.fields],
          act.maxFileBytes === undefined ? 'application/x-www-form-urlencoded' : 'multipart/form-data',
        ),
        visits.environment(async (visit) => await carryOut(name, act, visit)),
      ),
    ]),
  ]

  async function carryOut(name: string, act: PageAct, visit: EnvironmentVisit): Promise<Response> {
    const { context, session, environment: acted, observer } = visit
    const { posted, file } = await read(act, context)
    if (!isOwnForm(session, posted)) return await refuse(visit)
    const { as = '', reason = '' } = posted
    const actor = { as: as.trim().slice(0, 80) || 'dashboard', reason: reason.trim().slice(0, 300) }
    const run = act.prepare(posted, file)
    try {
      const notice = await fromRedis(() => run(acted, actor))
      log.warn({ environment: acted.config.name, ...actor }, `${name} on the page: ${notice}`)
      setCookie(context, nameCookie, actor.as, {
        path: cookiePath(context, '/environments'),
        httpOnly: true,
        sameSite: 'Strict',
        secure: isSecure(context),
        maxAge: nameCookieSeconds,
      })
      return done(visit, notice)
    } catch (error) {
      if (!(error instanceof HubError) || !TELLS_WHY.has(error.code)) throw error
      observer.forget()
      const isFault = !(error instanceof AskOnceMore)
      const told = { [isFault ? 'fault' : 'notice']: error.message }
      return context.html(await ask(act, visit, { filledIn: posted, file, ...told }), isFault ? 409 : 200)
    }
  }
}

interface FileOf {
  readonly file?: Buffer | undefined
}

async function read(act: PageAct, context: Context): Promise<{ readonly posted: Form } & FileOf> {
  if (act.maxFileBytes === undefined) return { posted: await formOf(context) }
  return await fileFormOf(context, act.maxFileBytes)
}

async function ask(
  act: PageAct,
  { context, root, environment: acted, csrf, frame }: EnvironmentVisit,
  {
    filledIn,
    file,
    ...told
  }: { readonly filledIn: Form } & FileOf & Pick<ActPageOptions, 'fault' | 'notice'>,
): Promise<Html> {
  return actPage({
    environment: acted.config.name,
    root,
    action: fromHere(context, context.req.path),
    plan: await fromRedis(() => act.plan(acted, filledIn, file)),
    csrf,
    frame,
    as: filledIn['as'] ?? getCookie(context, nameCookie) ?? '',
    reason: filledIn['reason'] ?? '',
    ...told,
  })
}

/** Back to the environment, so that a reload does not act again. */
function done(
  { context, session, environment: acted, observer }: EnvironmentVisit,
  notice: string,
): Response {
  observer.forget()
  const query = new URLSearchParams({ notice, proof: session.proofOf(`notice ${notice}`) })
  const back = `/environments/${acted.config.name}?${query.toString()}`
  return context.redirect(fromHere(context, back), 303)
}

/** What a form is answered with that does not count. */
export function refuse(visit: Visit): Response | Promise<Response> {
  const text = html`This form was not made for this session: it may be older than the last sign-in. Nothing
  was changed. Open the page again.`
  return visit.context.html(messagePage('Not done', text, visit), 403)
}
