import { Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { EndedSessions } from '../environment/ended-sessions.ts'
import { HubError, type HubErrorCode } from '../errors.ts'
import type { Log } from '../log/log.ts'
import { createObserver } from '../operate/observe.ts'
import { plainText } from '../text/plain-text.ts'
import { bearerOf, guardAdmin, isStillLetIn } from './access/access.ts'
import { protectAnswers } from './access/secure-headers.ts'
import { createSessions } from './access/session.ts'
import { createTokenCheck } from './access/token-check.ts'
import { createActRoutes } from './admin/act-routes.ts'
import { createEventStreams } from './admin/events.ts'
import { createLookRoutes } from './admin/look-routes.ts'
import { createMetricsRoute, createProbeRoutes } from './admin/probe-routes.ts'
import { createSdkRoutes } from './admin/sdk-routes.ts'
import { createPageRoutes } from './dashboard/page-routes.ts'
import { type ApiDescription, describeApi, describing } from './description/describe.ts'
import { refusals } from './description/operation.ts'
import { methodsOf, mount, type Route } from './description/route.ts'
import { type ErrorCode, failure } from './failure.ts'
import type { HubView } from './hub-view.ts'

export interface AdminOptions {
  /**
   * Required from every caller as `Authorization: Bearer <token>`; without one only loopback names are answered. Another
   * token from one moment to the next is heeded at once; by streams that are open, at the next `recheckStreams`.
   */
  readonly token?: string | undefined
  /** Where hubs tell each other which sessions were ended. Default: each knows its own. */
  readonly endedSessions?: EndedSessions
  /** How often it is looked whether who follows events may still do so, in milliseconds. @default 15000 */
  readonly checkEventsMs?: number
  readonly log: Log
}

/** How faults that have a meaning for the caller are answered. */
const answers: Partial<Record<HubErrorCode, readonly [status: ContentfulStatusCode, code: ErrorCode]>> = {
  'request-invalid': [400, 'request-invalid'],
  'not-found': [404, 'not-found'],
  'not-possible': [409, 'not-possible'],
  foreign: [409, 'not-possible'],
  'settings-refused': [400, 'settings-refused'],
  'redis-unreachable': [503, 'redis-unreachable'],
  timeout: [503, 'timeout'],
}

/** The admin listener's routes, and the end of what stays open. */
export type AdminApp = Hono & {
  /** What it answers, as OpenAPI. */
  readonly description: ApiDescription
  /** Ends every stream of events, which would keep the listener from closing. */
  readonly endStreams: () => void
  /** The token is another one: ends every stream of events that was opened with the one before. */
  readonly recheckStreams: () => void
  /** How many wrong tokens were shown to it, since the start. */
  readonly refusedTokens: () => number
}

/** The private side of a hub: health, what it knows, pages, and the endpoints that unmodified SDKs fetch from. */
export function createAdminApp(view: HubView, options: AdminOptions): AdminApp {
  const { log } = options
  const token = (): string | undefined => options.token
  const app = new Hono()
  const tokens = createTokenCheck(token, log)
  const streams = createEventStreams({ checkMs: options.checkEventsMs })
  const sessions = createSessions(token, options.endedSessions, streams.recheck)
  const observers = new Map(
    [...view.environments].map(([name, environment]) => [name, createObserver(environment)]),
  )
  const routes: readonly Route[] = [
    ...createProbeRoutes(view, async (context) => {
      const bearer = bearerOf(context)
      return token() === undefined || (bearer !== '' && (await tokens.check(context, bearer)) === 'right')
    }),
    createMetricsRoute(view),
    describing(() => description, { responses: refusals }),
    ...createLookRoutes(view, {
      observers,
      streams,
      isStillLetIn: async (context) => await isStillLetIn(context, token(), sessions),
    }),
    ...createActRoutes(view, log),
    ...createSdkRoutes(view),
    ...createPageRoutes(view, { token, tokens, sessions, observers, log }),
  ]
  const description = describeApi(routes)

  app.use(...protectAnswers())
  app.use(async (context, next) => {
    // The server lets some pass that are none, such as `1.2.3.256`.
    if (URL.canParse(context.req.url)) return await next()
    return failure(context, 400, 'request-invalid', 'Expected a host in the header Host, got something else.')
  })
  app.use(guardAdmin(token, tokens, sessions))
  mount(app, routes)
  for (const [path, methods] of methodsOf(routes)) {
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

  return Object.assign(app, {
    description,
    endStreams: streams.close,
    recheckStreams: streams.recheck,
    refusedTokens: tokens.refused,
  })
}
