import { Hono, type Context, type Handler } from 'hono'
import type { EnvironmentConfig } from '../../config/hub-config.ts'
import type { Latest } from '../../flow/latest.ts'
import type { Log } from '../../log/log.ts'
import type { Product } from '../../product/product.ts'
import { onceAMinute } from '../../log/once-a-minute.ts'
import { bearerOf } from '../access/access.ts'
import { isSameSecret } from '../access/secret.ts'
import { protectAnswers } from '../access/secure-headers.ts'
import { createProbeRoutes } from '../admin/probe-routes.ts'
import { productParameter } from '../admin/settings-response.ts'
import { notYet, refusalLikeVwo, sdkRoutes } from '../admin/sdk-routes.ts'
import { type ApiDescription, describeApi, describing } from '../description/describe.ts'
import { environment as environmentParameter, error, open } from '../description/operation.ts'
import { get, mount, type Route } from '../description/route.ts'
import { failure } from '../failure.ts'
import { createRefusalLimit } from '../access/refusal-limit.ts'
import { sourceOf } from '../request-body.ts'
import { findAsked } from '../settings-by-key.ts'
import { UNKNOWN_ENVIRONMENT } from '../unknown-environment.ts'
import { createAnswer, newestSettings, readWish, wishes } from './answer.ts'
import { createWaiting } from './waiting.ts'

/** What the listener for apps knows of an environment. */
export interface AppEnvironment {
  readonly config: Pick<EnvironmentConfig, 'name' | 'product' | 'accountId' | 'sdkKey' | 'sdk'>
  readonly latest: Latest
}

/** What became of the requests of apps, since the start. */
export interface AppCounts {
  /** 200: settings. */
  served: number
  /** 304: the app has them. */
  unchanged: number
  /** 503: nothing is published. */
  missing: number
  /** 400, 401, 409 or 429: no right key, another product, or something else that cannot be answered. */
  refused: number
  /** How many are waiting at this moment. */
  waiting: number
}

export interface AppsAppOptions {
  readonly environments: ReadonlyMap<string, AppEnvironment>
  readonly isClosing: () => boolean
  /** Unconfirmed by Redis for longer, settings are stale, in milliseconds. */
  readonly staleAfterMs: number
  readonly log: Log
}

/** The routes of the listener for apps, and what came of them. */
export type AppsApp = Hono & {
  readonly description: ApiDescription
  /** By environment; {@link UNKNOWN_ENVIRONMENT} for requests that belong to none. */
  readonly counts: ReadonlyMap<string, Readonly<AppCounts>>
  /** Has everything that waits be answered at once. */
  readonly endWaiting: () => void
}

/**
 * For apps that have no Redis: settings, for whoever has the sdkKey, and nothing of what operators see and do.
 *
 * Wrong keys are counted by address and refused unseen beyond a limit; how many connections there may be is the server's
 * to limit.
 */
export function createAppsApp({ environments, isClosing, staleAfterMs, log }: AppsAppOptions): AppsApp {
  const limit = createRefusalLimit()
  const waiting = createWaiting()
  const answerNewest = createAnswer(waiting, staleAfterMs)
  const counts = new Map([UNKNOWN_ENVIRONMENT, ...environments.keys()].map((name) => [name, noCounts()]))
  const report = onceAMinute((_, count) =>
    log.warn({ count }, 'apps refused: no environment has the sdkKey that they showed'),
  )

  function note(name: string): AppCounts {
    return counts.get(name) ?? noCounts()
  }

  /** @returns An answer where the address has guessed too often. */
  function refuse(context: Context): Response | undefined {
    note(UNKNOWN_ENVIRONMENT).refused += 1
    report('key')
    const waitSeconds = limit(sourceOf(context))
    if (waitSeconds === 0) return undefined
    context.header('Retry-After', String(waitSeconds))
    return failure(context, 429, 'too-many-requests', 'Too many requests with a wrong key.')
  }

  async function serve(
    context: Context,
    { config, latest }: AppEnvironment,
    inWords: {
      readonly invalid: (why: string) => Response
      readonly missing: () => Response
      readonly isOfProduct?: boolean
    },
  ): Promise<Response> {
    const own = note(config.name)
    const wish = readWish(context.req.query())
    if (typeof wish === 'string') {
      own.refused += 1
      return inWords.invalid(wish)
    }
    own.waiting += 1
    let answer: Response | undefined
    try {
      answer = await answerNewest(context, latest, { ...wish, isOfProduct: inWords.isOfProduct === true })
    } finally {
      own.waiting -= 1
    }
    if (answer === undefined) own.missing += 1
    else if (answer.status === 304) own.unchanged += 1
    else if (answer.status === 409) own.refused += 1
    else own.served += 1
    const response = answer ?? inWords.missing()
    // It has begun before: one that is kept would hold up the listener's end.
    if (isClosing()) response.headers.set('Connection', 'close')
    return response
  }

  const byName: Handler = async (context) => {
    const environment = environments.get(context.req.param('environment') ?? '')
    // The same steps for a name that is unknown: neither the answer nor its time tells which names there are.
    const isRight = isSameSecret(keyOf(context), environment?.config.sdkKey ?? '')
    if (environment === undefined || !isRight) {
      const message = 'Unknown environment, or not its sdkKey in "Authorization: Bearer <sdkKey>".'
      return refuse(context) ?? failure(context, 401, 'unauthorized', message)
    }
    const { name } = environment.config
    return await serve(context, environment, {
      invalid: (why) => failure(context, 400, 'request-invalid', why),
      missing: () => {
        context.header('Retry-After', '1')
        return failure(context, 503, 'not-ready', `No settings yet for "${name}".`)
      },
    })
  }

  const likeVwo =
    (product: Product): Handler =>
    async (context) => {
      const asked = findAsked(product, environments.values(), context.req.query())
      if (asked.kind === 'ambiguous') {
        note(UNKNOWN_ENVIRONMENT).refused += 1
        return refusalLikeVwo(context, asked)
      }
      if (asked.kind === 'unknown') return refuse(context) ?? refusalLikeVwo(context, asked)
      return await serve(context, asked.environment, {
        invalid: (message) => context.json({ message }, 400),
        missing: () => notYet(context),
        isOfProduct: true,
      })
    }

  const routes: readonly Route[] = [
    ...createProbeRoutes(
      {
        isClosing,
        staleAfterMs,
        environments: new Map(
          [...environments].map(([name, { config, latest }]) => [name, { config, ...latest }]),
        ),
      },
      async () => false,
    ),
    describing(() => description, { ...open, responses: {} }),
    get(
      '/v1/environments/{environment}/settings',
      {
        operationId: 'readSettings',
        summary: 'The current settings-file, as soon as it is another one than the app has',
        tags: ['look'],
        parameters: [environmentParameter, productParameter, ...wishes],
        responses: {
          ...newestSettings,
          400: error('The query is not as described.'),
          401: error('The sdkKey is not that of the environment, or there is no such environment.'),
          409: error('They are of another product than the one asked for.'),
          429: error('Too many wrong keys from this address: wait as long as `Retry-After` says.'),
          503: error('Nothing has been published yet.'),
        },
      },
      byName,
    ),
    ...sdkRoutes(likeVwo, wishes),
  ]
  const description = describeApi(routes, {
    title: 'vwo-hub for apps',
    description:
      'Settings for apps that have no Redis. Readers must expect fields and headers that are not described yet.',
    security: [{ key: [] }, { keyInQuery: [] }],
    schemes: {
      key: { type: 'http', scheme: 'bearer', description: 'The sdkKey of the environment.' },
      keyInQuery: { type: 'apiKey', in: 'query', name: 'i', description: 'The same.' },
    },
  })

  const app = new Hono()
  app.use(...protectAnswers())
  mount(app, routes)
  app.notFound((context) => failure(context, 404, 'not-found', 'There is nothing here.'))
  app.onError((fault, context) => {
    log.error({ err: fault, path: context.req.path }, 'the listener for apps failed')
    return failure(context, 500, 'internal', 'The hub failed to answer; its log says why.')
  })
  return Object.assign(app, { description, counts, endWaiting: waiting.close })
}

/** The credential: what a proxy logs is the query, so the header goes first. */
function keyOf(context: Context): string {
  return bearerOf(context) || (context.req.query('i') ?? '')
}

function noCounts(): AppCounts {
  return { served: 0, unchanged: 0, missing: 0, refused: 0, waiting: 0 }
}
