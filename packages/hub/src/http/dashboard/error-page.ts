import { html } from 'hono/html'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { z } from 'zod'
import { HubError, type HubErrorCode } from '../../errors.ts'
import type { Log } from '../../log/log.ts'
import type { Route } from '../description/route.ts'
import { rootOf } from '../root.ts'
import { FormTooLarge } from './form.ts'
import { type Html, outside } from './html.ts'
import { messagePage } from './layout.ts'

const titles: Partial<Record<HubErrorCode, readonly [status: ContentfulStatusCode, title: string]>> = {
  'not-found': [404, 'Not found'],
  'not-possible': [409, 'Not possible'],
  foreign: [409, 'Not possible'],
  'redis-unreachable': [503, 'Redis does not answer'],
  timeout: [503, 'It took too long'],
}

/** Has a route answer with a page where it fails. */
export function withErrorPages(route: Route, log: Log): Route {
  return {
    ...route,
    handler: async (context, next) => {
      try {
        return await route.handler(context, next)
      } catch (error) {
        const [status, title, text] = explain(error)
        if (status === 500) log.error({ err: error, path: context.req.path }, 'the dashboard failed')
        // What was not read of a form is not read later either.
        if (status === 413) context.header('Connection', 'close')
        return context.html(messagePage(title, text, { root: rootOf(context) }), status)
      }
    },
  }
}

function explain(error: unknown): readonly [status: ContentfulStatusCode, title: string, text: Html] {
  if (error instanceof FormTooLarge) {
    return [413, 'Not done', html`A form has at most ${error.maxBytes} bytes. Nothing was changed.`]
  }
  if (error instanceof z.ZodError) {
    return [400, 'Not done', html`The form is not as it has to be. Nothing was changed.`]
  }
  const known = error instanceof HubError ? titles[error.code] : undefined
  if (known !== undefined) return [...known, outside((error as HubError).message)]
  return [500, 'It failed', html`The hub failed to answer; its log says why.`]
}
