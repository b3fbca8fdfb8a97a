import { html } from 'hono/html'
import { HubError } from '../../errors.ts'
import type { CustomVariables } from '../../product/users.ts'
import { parseObject } from '../../untrusted/json.ts'
import { environment, inQuery } from '../description/operation.ts'
import { get, post, type Route } from '../description/route.ts'
import { fromRedis } from '../from-redis.ts'
import { refuse } from './act-page-routes.ts'
import { formOf, isOwnForm } from './form.ts'
import { outside } from './html.ts'
import { messagePage } from './layout.ts'
import { form, htmlAnswer, notFound, page, redisAway, toLogin } from './page-operation.ts'
import { type Asked, unitPage } from './unit-page.ts'
import type { EnvironmentVisit, Visits } from './visit.ts'

/** It is asked for one thing, so it waits for longer than a page that shows everything; in milliseconds. */
const PATIENCE_MS = 5000
const of = '/environments/{environment}/unit'
const key = inQuery('key', undefined, { required: true })

/** The page of one campaign or feature, and what a user gets of it: posted, because ids of users may be addresses. */
export function createUnitRoutes(visits: Visits): Route[] {
  return [
    get(
      of,
      page('unitPage', 'One campaign or feature', {
        parameters: [environment, key],
        responses: { ...toLogin, ...notFound, ...redisAway },
      }),
      visits.environment(async (visit) => await answer(visit, { userId: '', variables: '' })),
    ),
    post(
      of,
      explain,
      visits.environment(async (visit) => {
        const posted = await formOf(visit.context)
        if (!isOwnForm(visit.session, posted)) return await refuse(visit)
        const { user: userId = '', variables = '' } = posted
        return await answer(visit, { userId, variables, ...(await ask(visit, userId, variables)) })
      }),
    ),
  ]
}

const asking = form('explainOnPage', 'What a user gets of it, and why', ['csrf', 'user', 'variables'])
const explain = {
  ...asking,
  parameters: [environment, key],
  responses: { ...asking.responses, ...toLogin, 200: htmlAnswer('The page, with the answer.') },
}

async function ask(
  { context, environment: asked }: EnvironmentVisit,
  userId: string,
  text: string,
): Promise<Pick<Asked, 'answer' | 'fault'>> {
  const customVariables = parseObject(text.trim() === '' ? '{}' : text) as CustomVariables | undefined
  if (userId === '') return { fault: 'Expected the id of a user, got nothing.' }
  if (customVariables === undefined)
    return { fault: 'Custom variables: expected an object of JSON, such as {"plan":"gold"}.' }
  const unit = context.req.query('key') ?? ''
  try {
    return { answer: await fromRedis(() => asked.explain({ unit, userId, customVariables })) }
  } catch (error) {
    if (error instanceof HubError && (error.code === 'timeout' || error.code === 'not-possible'))
      return { fault: error.message }
    throw error
  }
}

async function answer(visit: EnvironmentVisit, asked: Asked): Promise<Response> {
  const { context, root, csrf, frame, environment: own, observer } = visit
  const { name } = own.config
  const { current, history, now } = await observer.read()
  const live = current && (await own.live(current.revision, history, PATIENCE_MS))
  const unit = live?.state === 'known' && live.units.find((each) => each.key === context.req.query('key'))
  if (live?.state === 'known' && unit) {
    return context.html(unitPage({ root, environment: name, unit, live, now, csrf, frame, asked }))
  }
  if (live?.state === 'failed' || live?.state === 'reading')
    throw new HubError('timeout', live.state === 'failed' ? live.reason : 'What is live is still being read.')
  const text = html`“${outside(context.req.query('key') ?? '', 80)}” is not in what is live in ${name}.`
  return context.html(messagePage('Not found', text, { root, frame }), 404)
}
