import type { Context, Handler } from 'hono'
import { html } from 'hono/html'
import type { Observer } from '../../operate/observe.ts'
import type { EnvironmentView } from '../../operate/environment-view.ts'
import { formProof } from './form.ts'
import { outside } from './html.ts'
import { type Around, messagePage } from './layout.ts'
import type { Session, Sessions } from '../access/session.ts'
import { rootOf } from '../root.ts'

/** One request of a browser for a page. */
export interface Visit extends Around {
  readonly context: Context
  readonly session: Session
}

export interface EnvironmentVisit extends Visit {
  readonly environment: EnvironmentView
  readonly observer: Observer
}

/** How the routes of pages are answered. */
export interface Visits {
  page(answer: (visit: Visit) => Promise<Response>): Handler
  environment(answer: (visit: EnvironmentVisit) => Promise<Response>): Handler
}

/** @param options.hasLogin - Whether there is a token to show. */
export function createVisits(options: {
  readonly hasLogin: boolean
  readonly sessions: Sessions
  readonly environments: ReadonlyMap<string, EnvironmentView>
  readonly observers: ReadonlyMap<string, Observer>
}): Visits {
  const { hasLogin, sessions, environments, observers } = options

  const names = [...environments.keys()].toSorted()

  async function begin(context: Context): Promise<Visit> {
    const session = (await sessions.find(context)) ?? (await sessions.begin(context))
    const csrf = formProof(session)
    const frame = { logout: hasLogin ? csrf : undefined, environments: names }
    return { context, session, root: rootOf(context), csrf, frame }
  }

  return {
    page: (answer) => async (context) => await answer(await begin(context)),
    environment: (answer) => async (context) => {
      const visit = await begin(context)
      const name = context.req.param('environment') ?? ''
      const environment = environments.get(name)
      const observer = observers.get(name)
      if (environment !== undefined && observer !== undefined) {
        return await answer({ ...visit, environment, observer })
      }
      const text = html`There is no environment “${outside(name, 80)}”.`
      return context.html(messagePage('Not found', text, visit), 404)
    },
  }
}
