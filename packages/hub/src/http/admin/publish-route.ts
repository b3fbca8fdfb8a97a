import { LARGEST_SETTINGS_BYTES } from '@vwo-hub/protocol'
import { z } from 'zod'
import { HubError } from '../../errors.ts'
import type { Log } from '../../log/log.ts'
import { DEFAULT_PIN_MS, PIN_LENGTH, PIN_LIMITS_MS } from '../../operate/pin-limits.ts'
import { explainIssue } from '../../untrusted/issue.ts'
import { acting, error, inQuery, json } from '../description/operation.ts'
import { post, type Route } from '../description/route.ts'
import { schema } from '../description/schemas.ts'
import { fromRedis } from '../from-redis.ts'
import type { HubView } from '../hub-view.ts'
import { readRequestBody } from '../request-body.ts'
import { createForEnvironment } from './environment-handler.ts'

const query = z.strictObject({
  reason: textOf('a reason of 1 to 300 characters', 300),
  as: textOf('a name of 1 to 80 characters', 80).default('admin API'),
  pinForMs: z.coerce
    .number()
    .int(PIN_LENGTH)
    .min(PIN_LIMITS_MS.least, PIN_LENGTH)
    .max(PIN_LIMITS_MS.most, PIN_LENGTH)
    .default(DEFAULT_PIN_MS),
  endCampaigns: z
    .enum(['true', 'false'], 'true or false')
    .default('false')
    .transform((text) => text === 'true'),
})

function textOf(expected: string, longest: number): z.ZodString {
  return z.string().min(1, expected).max(longest, expected)
}

/** Publishes a settings-file by hand: it is the body, to the letter; who, why and for how long is in the query. */
export function createPublishRoute(view: HubView, log: Log): Route {
  const forEnvironment = createForEnvironment(view)
  return post(
    '/v1/environments/{environment}/publish',
    acting('publish', 'Publish a settings-file by hand, and pin it', {
      parameters: [
        inQuery('reason', 'Why, for the audit.', { required: true }),
        inQuery('as', 'Who, for the audit.'),
        inQuery('pinForMs', 'How long it is pinned, in milliseconds.', { schema: { type: 'integer' } }),
        inQuery('endCampaigns', 'Also when most of what runs would end by it.', {
          schema: { type: 'boolean' },
        }),
      ],
      requestBody: {
        description: 'A settings-file of the account.',
        required: true,
        content: { 'application/json': { schema: { type: 'object' } } },
      },
      responses: {
        200: json('Done.', schema('ByHand')),
        400: error('The query is not as it has to be, or the file is refused. Nothing was changed.'),
        409: error('Not possible as things are. Nothing was changed.'),
      },
    }),
    forEnvironment(async (context, { config, acts: { byHand } }) => {
      const refuse = (why: string): HubError =>
        new HubError('request-invalid', `${why}. Nothing was changed.`)
      const { data, error: fault } = query.safeParse(context.req.query(), { reportInput: true })
      if (fault !== undefined) throw refuse(`The query: ${fault.issues.map(explainIssue).join('; ')}`)
      // A form of another site cannot send this type without asking first.
      if (!/^application\/json\b/i.test(context.req.header('Content-Type') ?? '')) {
        throw refuse('Expected the settings-file as application/json')
      }
      const body = await readRequestBody(context, LARGEST_SETTINGS_BYTES)
      if (body === undefined) {
        context.header('Connection', 'close')
        throw refuse(`Expected at most ${LARGEST_SETTINGS_BYTES} bytes, got more`)
      }
      const { pinForMs, endCampaigns: isEndingMeant, ...who } = data
      const done = await fromRedis(async () => {
        return await byHand.publish(await byHand.planPublish(body), { ...who, pinForMs, isEndingMeant })
      })
      log.warn({ environment: config.name, ...who, ...done }, 'published by hand')
      return context.json({ environment: config.name, ...done })
    }),
  )
}
