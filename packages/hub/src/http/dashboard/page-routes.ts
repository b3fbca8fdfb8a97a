/**
 * The pages for people at the admin listener. They are made here, complete and without scripts; a small script keeps
 * them current. Settings-files are hostile input: everything is escaped, and the policy lets no other script run.
 *
 * @module
 */
import type { Log } from '../../log/log.ts'
import type { Observer } from '../../operate/observe.ts'
import type { Sessions } from '../access/session.ts'
import type { TokenCheck } from '../access/token-check.ts'
import { environment, inPath, inQuery } from '../description/operation.ts'
import { get, type Route } from '../description/route.ts'
import { fromRedis } from '../from-redis.ts'
import type { HubView } from '../hub-view.ts'
import { fromHere } from '../root.ts'
import { createActPageRoutes } from './act-page-routes.ts'
import { createAssetRoutes } from './assets.ts'
import { environmentPage } from './environment-page.ts'
import { withErrorPages } from './error-page.ts'
import { createLoginRoutes } from './login-routes.ts'
import { liveQueryOf } from './live-query.ts'
import { movesIfAsked } from './moves-view.ts'
import { overviewPage } from './overview-page.ts'
import { notFound, page, redisAway, toLogin } from './page-operation.ts'
import { revisionPage } from './revision-page.ts'
import { createUnitRoutes } from './unit-routes.ts'
import { createVisits } from './visit.ts'

const of = '/environments/{environment}'
/** A page waits so long for what it needs a thread for, in milliseconds; it fills in after that. */
const PATIENCE_MS = 500

/** Every page, its style and its script. */
export function createPageRoutes(
  { environments }: HubView,
  options: {
    /** What the login asks for; without one there is no login. */
    readonly token: () => string | undefined
    readonly tokens: TokenCheck
    readonly sessions: Sessions
    readonly observers: ReadonlyMap<string, Observer>
    readonly log: Log
  },
): Route[] {
  const { token, tokens, sessions, observers, log } = options
  const visits = createVisits({ hasLogin: token() !== undefined, sessions, environments, observers })
  const routes = [
    get(
      '/',
      page('overviewPage', 'Every environment', {
        parameters: ['q', 'show'].map((name) => inQuery(name)),
        responses: { ...toLogin, 302: { description: 'To the only environment.' } },
      }),
      visits.page(async ({ context, root, frame }) => {
        const [only, second] = environments.keys()
        if (only !== undefined && second === undefined)
          return context.redirect(fromHere(context, `/environments/${only}`), 302)
        const snapshots = await Promise.all([...observers.values()].map(({ read }) => read()))
        return context.html(overviewPage(snapshots, { root, frame, query: context.req.query() }))
      }),
    ),
    get(
      of,
      page('environmentPage', 'One environment', {
        parameters: [environment, ...['q', 'show', 'sort', 'page'].map((name) => inQuery(name))],
        responses: { ...toLogin, ...notFound },
      }),
      visits.environment(async ({ context, session, root, csrf, frame, observer, environment: own }) => {
        const query = context.req.query()
        const { notice = '', proof = '' } = query
        const isOurs = session.isProof(`notice ${notice}`, proof)
        const snapshot = await observer.read()
        const { current, history } = snapshot
        const live = current && (await own.live(current.revision, history, PATIENCE_MS))
        const { status, unreachable } = snapshot
        const isThere = status !== undefined && unreachable === undefined
        const hours = isThere ? await own.recent(status) : undefined
        const day = isThere ? await own.day(Date.parse(status.now)) : undefined
        return context.html(
          environmentPage({
            ...{ root, snapshot, live, hours, day, query: liveQueryOf(query), csrf, frame },
            notice: isOurs ? notice : undefined,
          }),
        )
      }),
    ),
    get(
      `${of}/revisions/{revision}`,
      page('revisionPage', 'What one revision changed', {
        parameters: [
          environment,
          inPath('revision'),
          ...['against', 'q', 'kind', 'page'].map((name) => inQuery(name)),
          inQuery(
            'moves',
            'With whom it moves. The page does not wait for long: it says that it is being decided.',
            { schema: { type: 'string', enum: ['1'] } },
          ),
        ],
        responses: { ...toLogin, ...notFound, ...redisAway },
      }),
      visits.environment(async ({ context, root, frame, environment: visited }) => {
        const [revision, against] = [context.req.param('revision') ?? '', context.req.query('against')]
        const diff = await fromRedis(() => visited.diff(revision, against))
        const isCurrent = diff.to === visited.current()?.revision
        const moves = await fromRedis(async () => await movesIfAsked(context.req.query(), visited, diff))
        return context.html(revisionPage(diff, { root, isCurrent, moves, query: context.req.query(), frame }))
      }),
    ),
    ...createLoginRoutes({ token, tokens, sessions }),
    ...createUnitRoutes(visits),
    ...createActPageRoutes(visits, log),
  ]
  return [...createAssetRoutes(), ...routes.map((route) => withErrorPages(route, log))]
}
