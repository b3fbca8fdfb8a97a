import type { Context, Handler } from 'hono'
import type { EnvironmentView } from '../../operate/environment-view.ts'
import { plainText } from '../../text/plain-text.ts'
import { failure } from '../failure.ts'
import type { HubView } from '../hub-view.ts'

type Answer = (context: Context, environment: EnvironmentView) => Response | Promise<Response>

/** @returns Makes a handler of what answers for the environment that the path names; 404 for a name that is none. */
export function createForEnvironment({ environments }: HubView) {
  return (answer: Answer): Handler =>
    (context) => {
      const name = context.req.param('environment') ?? ''
      const environment = environments.get(name)
      if (environment !== undefined) return answer(context, environment)
      const known = [...environments.keys()].join(', ')
      const message = `There is no environment "${plainText(name, 80)}". There is: ${known}.`
      return failure(context, 404, 'not-found', message)
    }
}
