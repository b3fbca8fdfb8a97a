import { Hono, type Context } from 'hono'
import { isOfRedis } from '../../environment/answers.ts'
import { HubError } from '../../errors.ts'
import type { Log } from '../../log/log.ts'
import { onceAMinute } from '../../log/once-a-minute.ts'
import { plainText } from '../../text/plain-text.ts'
import { failure } from '../failure.ts'
import { readRequestBody, sourceOf } from '../request-body.ts'
import { createNearMisses } from './nearly-ours.ts'
import { createAuthentication, type WebhookSecrets } from './webhook-authentication.ts'
import { readHint } from './webhook-hint.ts'
import { createOutageLog } from './webhook-outage-log.ts'
import { createRefusalLimit } from '../access/refusal-limit.ts'
import { UNKNOWN_ENVIRONMENT } from '../unknown-environment.ts'

/** Limit for a webhook's body; VWO sends about 120 bytes. */
const MAX_BODY_BYTES = 64 * 1024

/** What the webhook receiver knows of an environment. */
export interface WebhookEnvironment extends WebhookSecrets {
  /**
   * Resolves when Redis has the request, and rejects, within seconds, when it has not.
   *
   * @returns Its ticket, which those of one moment share.
   */
  readonly requestRefresh: () => Promise<number>
}

/** What became of webhooks, since the start. */
export interface WebhookCounts {
  /** 200: the refresh is requested. */
  accepted: number
  /** 401 or 429: wrong or missing secret, or an unknown environment. */
  refused: number
  /** 400 */
  malformed: number
  /** 413 */
  tooLarge: number
  /** 503: Redis cannot be written. */
  unavailable: number
}

export interface WebhookAppOptions {
  readonly environments: ReadonlyMap<string, WebhookEnvironment>
  readonly log: Log
  /**
   * Webhooks of a known environment were refused since the last call: called at most once a minute for each.
   * Unknown names are not reported, whoever posts chooses them.
   */
  readonly onRefused: (environment: string, count: number) => void
}

/** The public listener's routes, and what came of them. */
export type WebhookApp = Hono & {
  /** By environment; {@link UNKNOWN_ENVIRONMENT} stands for all names that are none. */
  readonly counts: ReadonlyMap<string, Readonly<WebhookCounts>>
}

/**
 * `POST /webhooks/:environment` and `GET /healthz`, for everybody who can reach them.
 *
 * In this order: the secret is compared, the announced length looked at, the body read up to the limit, parsed as a
 * JSON object (unless it is empty), and the refresh requested. What the body says is not acted upon: a webhook is
 * a hint to look, and VWO's own answer decides.
 *
 * How long a request may take to arrive is the server's to limit (`headersTimeout`, `requestTimeout`).
 */
export function createWebhookApp({ environments, log, onRefused }: WebhookAppOptions): WebhookApp {
  const isAuthentic = createAuthentication(environments)
  const limit = createRefusalLimit()
  const outages = createOutageLog(log)
  const nearMisses = createNearMisses(environments.keys(), log)
  const report = onceAMinute((environment, count) => {
    log.warn({ environment, count }, 'webhooks refused: wrong or missing secret')
    onRefused(environment, count)
  })
  const counts = new Map([UNKNOWN_ENVIRONMENT, ...environments.keys()].map((name) => [name, noCounts()]))

  /** A line for each ticket, not for each webhook: in a storm many share one. */
  const lastTickets = new Map<string, number>()

  function note(name: string, what: keyof WebhookCounts): void {
    const own = counts.get(name) ?? counts.get(UNKNOWN_ENVIRONMENT)
    if (own !== undefined) own[what] += 1
  }

  function refuse(context: Context, name: string): Response {
    note(name, 'refused')
    if (environments.has(name)) report(name)
    else nearMisses.name(name)
    const waitSeconds = limit(sourceOf(context))
    if (waitSeconds > 0) {
      context.header('Retry-After', String(waitSeconds))
      return lastFailure(context, 429, 'too-many-requests', 'Too many requests with a wrong secret.')
    }
    return lastFailure(context, 401, 'unauthorized', 'Unknown environment, or wrong secret in x-vwo-auth.')
  }

  // A slash at the end changes nothing.
  const app = new Hono({ strict: false })

  app.post('/webhooks/:environment', async (context) => {
    const name = context.req.param('environment')
    // The same steps for a name that is unknown: neither the answer nor its time tells which names there are.
    const isAccepted = isAuthentic(name, context.req.header('x-vwo-auth'))
    const environment = environments.get(name)
    if (environment === undefined || !isAccepted) return refuse(context, name)

    const hint = await readHint(() => readRequestBody(context, MAX_BODY_BYTES))
    if (hint.kind === 'too-large') {
      note(name, 'tooLarge')
      const message = `Expected at most ${MAX_BODY_BYTES} bytes, got more.`
      return lastFailure(context, 413, 'too-large', message)
    }
    if (hint.kind === 'malformed') {
      note(name, 'malformed')
      const message = `Expected a JSON object such as {"event":"settings_changed"}, got ${hint.got}.`
      return lastFailure(context, 400, 'malformed', message)
    }

    let ticket: number
    try {
      ticket = await environment.requestRefresh()
    } catch (error) {
      if (error instanceof HubError && error.code === 'foreign') {
        note(name, 'unavailable')
        return failure(context, 503, 'foreign', 'This hub is configured with another account or sdkKey.')
      }
      // A fault of ours is told as one.
      if (!isOfRedis(error)) throw error
      note(name, 'unavailable')
      outages.refused(name, error)
      context.header('Retry-After', '1')
      const message = 'The refresh cannot be requested, Redis does not answer. Please send the webhook again.'
      return failure(context, 503, 'redis-unreachable', message)
    }
    note(name, 'accepted')
    outages.accepted(name)
    if (lastTickets.get(name) !== ticket) {
      lastTickets.set(name, ticket)
      const action = hint.action === undefined ? {} : { action: plainText(hint.action, 80) }
      log.info({ environment: name, ticket, ...action }, 'webhook')
    }
    return context.json({ status: 'accepted' })
  })

  app.get('/healthz', (context) => context.json({ status: 'ok' }))

  app.all('/webhooks/:environment', (context) => methodNotAllowed(context, 'POST'))
  app.all('/healthz', (context) => methodNotAllowed(context, 'GET, HEAD'))
  app.notFound((context) => {
    nearMisses.path(context.req.path)
    return lastFailure(context, 404, 'not-found', 'There is nothing here.')
  })
  app.onError((error, context) => {
    log.error({ err: error }, 'the webhook receiver failed')
    return lastFailure(context, 500, 'internal', 'The hub failed to answer; its log says why.')
  })

  return Object.assign(app, { counts })
}

/** What was not read of the body is not read later either. */
function lastFailure(...[context, ...answer]: Parameters<typeof failure>): Response {
  context.header('Connection', 'close')
  return failure(context, ...answer)
}

function methodNotAllowed(context: Context, allowed: string): Response {
  context.header('Allow', allowed)
  return lastFailure(context, 405, 'method-not-allowed', `Expected ${allowed}, got another method.`)
}

function noCounts(): WebhookCounts {
  return { accepted: 0, refused: 0, malformed: 0, tooLarge: 0, unavailable: 0 }
}
