import type { Context } from 'hono'
import { as, error, json, open, refusals } from '../description/operation.ts'
import { get, type Route } from '../description/route.ts'
import { object, type Schema } from '../description/schemas.ts'
import { failure } from '../failure.ts'
import type { EnvironmentView } from '../../operate/environment-view.ts'
import { counted } from '../../text/words.ts'
import type { HubView } from '../hub-view.ts'
import { isStale } from './settings-response.ts'

/** What is looked at of an environment. */
type Probed = Pick<EnvironmentView, 'current' | 'confirmedMsAgo'> & {
  readonly config: Pick<EnvironmentView['config'], 'name'>
}

/**
 * For the machinery around a hub: whether it lives, and whether it is ready.
 *
 * @param isTold - Whether a caller learns the names of environments: probes need no token, and names tell something.
 */
export function createProbeRoutes(
  view: Pick<HubView, 'isClosing' | 'staleAfterMs'> & { readonly environments: ReadonlyMap<string, Probed> },
  isTold: (context: Context) => Promise<boolean>,
): Route[] {
  return [
    get(
      '/healthz',
      {
        operationId: 'isAlive',
        summary: 'Whether the process runs',
        tags: ['probe'],
        ...open,
        responses: { 200: json('It does.', object({ status: { const: 'ok' } })) },
      },
      (context) => context.json({ status: 'ok' }),
    ),
    get(
      '/readyz',
      {
        operationId: 'isReady',
        summary:
          'Whether every environment has settings that Redis has confirmed lately, and the hub is not closing',
        tags: ['probe'],
        ...open,
        responses: {
          200: json('It is.', object({ status: { const: 'ready' } }, { environments: ages })),
          503: error('It is not.'),
        },
      },
      async (context) => {
        if (view.isClosing()) return failure(context, 503, 'closing', 'This hub is closing.')
        const environments = [...view.environments.values()]
        const hasNames = await isTold(context)
        const listed = (some: readonly Probed[]): string =>
          hasNames ? namesOf(some) : counted(some.length, 'environment')
        const missing = environments.filter(({ current }) => current() === undefined)
        if (missing.length > 0)
          return failure(context, 503, 'not-ready', `No settings yet for: ${listed(missing)}.`)
        const stale = environments.filter((each) => isStale(each, view))
        if (stale.length > 0) {
          const seconds = Math.floor(Math.max(...stale.map(secondsSince)))
          const message = `Redis has not been reached for ${seconds} s: settings may be old of ${listed(stale)}.`
          return failure(context, 503, 'not-ready', message)
        }
        if (!hasNames) return context.json({ status: 'ready' })
        const told = environments.map((each) => [
          each.config.name,
          { revision: each.current()?.revision, ageSeconds: Math.floor(secondsSince(each)) },
        ])
        return context.json({ status: 'ready', environments: Object.fromEntries(told) as object })
      },
    ),
  ]
}

const integer: Schema = { type: 'integer' }
/** Of each environment; its age is since Redis has said that it is the newest. */
const ages = { type: 'object', additionalProperties: object({ revision: integer, ageSeconds: integer }) }

function namesOf(environments: readonly Probed[]): string {
  return environments.map(({ config }) => config.name).join(', ')
}

function secondsSince({ confirmedMsAgo }: Probed): number {
  return (confirmedMsAgo() ?? 0) / 1000
}

/** What a hub counts. */
export function createMetricsRoute({ metrics }: Pick<HubView, 'metrics'>): Route {
  return get(
    '/metrics',
    {
      operationId: 'readMetrics',
      summary: 'Metrics, in the text format of Prometheus',
      tags: ['probe'],
      responses: { 200: as('text/plain', 'One scrape.'), ...refusals },
    },
    async (context) => {
      const { contentType, text } = await metrics()
      return context.body(text, 200, { 'Content-Type': contentType })
    },
  )
}
