import { as, error, json, open, refusals } from '../description/operation.ts'
import { get, type Route } from '../description/route.ts'
import type { Schema } from '../description/schemas.ts'
import { failure } from '../failure.ts'
import type { HubView } from '../hub-view.ts'

/** For the machinery around a hub: whether it lives, whether it is ready, and what it counts. */
export function createProbeRoutes(view: HubView): Route[] {
  return [
    get(
      '/healthz',
      {
        operationId: 'isAlive',
        summary: 'Whether the process runs',
        tags: ['probe'],
        ...open,
        responses: { 200: json('It does.', state('ok')) },
      },
      (context) => context.json({ status: 'ok' }),
    ),
    get(
      '/readyz',
      {
        operationId: 'isReady',
        summary: 'Whether every environment has settings, and the hub is not closing',
        tags: ['probe'],
        ...open,
        responses: { 200: json('It is.', state('ready')), 503: error('It is not.') },
      },
      (context) => {
        const missing = [...view.environments].filter(([, { current }]) => current() === undefined)
        if (view.isClosing()) return failure(context, 503, 'not-ready', 'This hub is closing.')
        if (missing.length === 0) return context.json({ status: 'ready' })
        const names = missing.map(([name]) => name).join(', ')
        return failure(context, 503, 'not-ready', `No settings yet for: ${names}.`)
      },
    ),
    get(
      '/metrics',
      {
        operationId: 'readMetrics',
        summary: 'Metrics, in the text format of Prometheus',
        tags: ['probe'],
        responses: { 200: as('text/plain', 'One scrape.'), ...refusals },
      },
      async (context) => {
        const { contentType, text } = await view.metrics()
        return context.body(text, 200, { 'Content-Type': contentType })
      },
    ),
  ]
}

function state(status: string): Schema {
  return { type: 'object', properties: { status: { const: status } }, required: ['status'] }
}
