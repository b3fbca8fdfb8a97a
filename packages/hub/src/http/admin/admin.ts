import { Hono } from 'hono'
import type { Context, Handler } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { createActHandlers } from './act-routes.ts'
import { createEventStreams } from './events.ts'
import { type AdminErrorCode, failure } from './failure.ts'
import { fromRedis } from './from-redis.ts'
import { guardAdmin } from '../access/access.ts'
import { createObserver } from '../../operate/observe.ts'
import { describeApi } from './openapi.ts'
import { protectAnswers } from './protection.ts'
import { settingsResponse } from './settings-response.ts'
import type { EnvironmentView, HubView } from './hub-view.ts'
import { vwoEndpoint } from './vwo-endpoint.ts'
import { createDashboard } from '../dashboard/dashboard.ts'
import { createSessions } from '../access/session.ts'
import { HubError, type HubErrorCode } from '../../errors.ts'
import { revisionMetaOf } from '../../environment/meta.ts'
import type { Log } from '../../log/log.ts'
import { defaultProduct as product } from '../../product/products.ts'
import { publicPreview } from '../../product/public-names.ts'
import { plainText } from '../../text/plain-text.ts'

export type { EnvironmentView, HubView }

export interface AdminOptions {
  /** Required from every caller as `Authorization: Bearer <token>`; without one only loopback names are answered. */
  readonly token?: string
  readonly log: Log
}

/** How faults that have a meaning for the caller are answered. */
const answers: Partial<Record<HubErrorCode, readonly [status: ContentfulStatusCode, code: AdminErrorCode]>> =
  {
    'request-invalid': [400, 'request-invalid'],
    'not-found': [404, 'not-found'],
    'not-possible': [409, 'not-possible'],
    'redis-unreachable': [503, 'redis-unreachable'],
    timeout: [503, 'timeout'],
  }

/** The admin listener's routes, and the end of what stays open. */
export type AdminApp = Hono & {
  /** Ends every stream of events, which would keep the listener from closing. */
  readonly endStreams: () => void
}

/** The private side of a hub: health, what it knows, pages, and the endpoints that unmodified SDKs fetch from. */
export function createAdminApp(view: HubView, options: AdminOptions): AdminApp {
  const { token, log } = options
  const app = new Hono()
  const sessions = createSessions(token)
  const streams = createEventStreams()
  const observers = new Map(
    [...view.environments].map(([name, environment]) => [name, createObserver(environment)]),
  )

  app.use(...protectAnswers())
  app.use(guardAdmin(token, sessions))

  app.get('/healthz', (context) => context.json({ status: 'ok' }))

  app.get('/readyz', (context) => {
    const missing = [...view.environments].filter(([, { current }]) => current() === undefined)
    if (view.isClosing()) return failure(context, 503, 'not-ready', 'This hub is closing.')
    if (missing.length === 0) return context.json({ status: 'ready' })
    const names = missing.map(([name]) => name).join(', ')
    return failure(context, 503, 'not-ready', `No settings yet for: ${names}.`)
  })

  app.get('/metrics', async (context) => {
    const { contentType, text } = await view.metrics()
    return context.body(text, 200, { 'Content-Type': contentType })
  })

  app.get('/openapi.json', (context) => context.json(describeApi()))

  app.get('/v1/environments', (context) =>
    context.json({ environments: [...view.environments.values()].map(environmentInMemory) }),
  )

  app.get(
    '/v1/environments/:environment',
    forEnvironment(async (context, environment) => {
      const status = await fromRedis(() => environment.status())
      return context.json({ accountId: environment.config.accountId, ...status })
    }),
  )

  app.get(
    '/v1/environments/:environment/settings',
    forEnvironment((context, environment) => {
      const published = environment.current()
      if (published !== undefined) return settingsResponse(context, published)
      return failure(context, 503, 'not-ready', `No settings yet for "${environment.config.name}".`)
    }),
  )

  app.get(
    '/v1/environments/:environment/revisions',
    forEnvironment(async (context, environment) =>
      context.json({ revisions: await fromRedis(() => environment.history()) }),
    ),
  )

  app.get(
    '/v1/environments/:environment/revisions/:revision/diff',
    forEnvironment(async (context, environment) => {
      const [revision, against] = [context.req.param('revision') ?? '', context.req.query('against')]
      return context.json(await fromRedis(() => environment.diff(revision, against)))
    }),
  )

  app.get(
    '/v1/environments/:environment/revisions/:revision/moves',
    forEnvironment(async (context, environment) => {
      const [revision, against] = [context.req.param('revision') ?? '', context.req.query('against')]
      const { users, units, ...between } = await fromRedis(() => environment.moves(revision, against))
      return context.json({ ...between, ...publicPreview({ users, units }) })
    }),
  )

  app.get(
    '/v1/environments/:environment/nodes',
    forEnvironment(async (context, environment) => context.json(await fromRedis(() => environment.nodes()))),
  )

  app.get(
    '/v1/environments/:environment/events',
    forEnvironment((context, environment) => {
      const observer = observers.get(environment.config.name) ?? createObserver(environment)
      return streams.open(context, observer)
    }),
  )

  app.post(
    '/v1/environments/:environment/refresh',
    forEnvironment(async (context, environment) => {
      const ticket = await fromRedis(() => environment.requestRefresh('manual'))
      log.info({ environment: environment.config.name, ticket }, 'refresh asked for through the admin API')
      return context.json({ environment: environment.config.name, ticket }, 202)
    }),
  )

  for (const [name, act] of Object.entries(createActHandlers(log))) {
    app.post(`/v1/environments/:environment/${name}`, forEnvironment(act))
  }

  for (const path of Object.values(product.paths)) app.get(path, vwoEndpoint(view))

  app.route('/', createDashboard(view, { token, sessions, observers, log }))

  for (const [path, methods] of methodsOf(app)) {
    app.all(path, (context) => {
      context.header('Allow', methods.join(', '))
      const message = `${plainText(context.req.method, 20)} is not possible here. Expected ${methods.join(' or ')}.`
      return failure(context, 405, 'method-not-allowed', message)
    })
  }

  app.notFound((context) =>
    failure(context, 404, 'not-found', `There is nothing at ${plainText(context.req.path, 200)}.`),
  )

  app.onError((error, context) => {
    const answer = error instanceof HubError ? answers[error.code] : undefined
    if (answer !== undefined) return failure(context, ...answer, error.message)
    log.error({ err: error, path: context.req.path }, 'the admin API failed')
    return failure(context, 500, 'internal', 'The hub failed to answer; its log says why.')
  })

  function forEnvironment(
    answer: (context: Context, environment: EnvironmentView) => Response | Promise<Response>,
  ): Handler {
    return (context) => {
      const name = context.req.param('environment') ?? ''
      const environment = view.environments.get(name)
      if (environment !== undefined) return answer(context, environment)
      const known = [...view.environments.keys()].join(', ')
      return failure(
        context,
        404,
        'not-found',
        `There is no environment "${plainText(name, 80)}". There is: ${known}.`,
      )
    }
  }

  return Object.assign(app, { endStreams: streams.close })
}

function environmentInMemory({ config, current }: EnvironmentView): object {
  const published = current()
  return {
    name: config.name,
    accountId: config.accountId,
    // Absent while nothing is published.
    current: published && revisionMetaOf({ ...published.meta, revision: String(published.revision) }),
  }
}

/** Which methods each path has; asked before the answers to all others are added. */
function methodsOf(app: Hono): Map<string, string[]> {
  const methods = new Map<string, string[]>()
  for (const { path, method } of app.routes) {
    if (method !== 'ALL') methods.set(path, [...(methods.get(path) ?? []), method])
  }
  return methods
}
