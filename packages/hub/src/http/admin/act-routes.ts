import { z } from 'zod'
import { HubError } from '../../errors.ts'
import type { Log } from '../../log/log.ts'
import type { Actor } from '../../operate/actor.ts'
import { DEFAULT_PIN_MS, PIN_LENGTH, PIN_LIMITS_MS } from '../../operate/pin-limits.ts'
import type { EnvironmentView } from '../../operate/environment-view.ts'
import { acting, error, inQuery, json } from '../description/operation.ts'
import { post, type Route } from '../description/route.ts'
import { schema } from '../description/schemas.ts'
import { fromRedis } from '../from-redis.ts'
import type { HubView } from '../hub-view.ts'
import { createPublishRoute } from './publish-route.ts'
import { readActBody } from './act-body.ts'
import { createForEnvironment } from './environment-handler.ts'

const of = '/v1/environments/{environment}'

const actor = {
  as: z.string().min(1, 'a name of 1 to 80 characters').max(80, 'a name of 1 to 80 characters').optional(),
  reason: z.string().max(300, 'at most 300 characters').optional(),
}
const pinMs = z.int(PIN_LENGTH).min(PIN_LIMITS_MS.least, PIN_LENGTH).max(PIN_LIMITS_MS.most, PIN_LENGTH)
const revisionName = 'a revision as a number, or a name of it as text'

const LONGEST_WAIT_S = 30
const wait = inQuery(
  'wait',
  'How long to wait for what comes of it, in seconds. Without it, the answer is that it was asked for.',
  { schema: { type: 'integer', minimum: 0, maximum: LONGEST_WAIT_S, default: 0 } },
)

/** @returns Milliseconds. */
function waitOf(text = '0'): number {
  if (/^\d{1,2}$/.test(text) && Number(text) <= LONGEST_WAIT_S) return Number(text) * 1000
  const expected = `expected a whole number of seconds up to ${LONGEST_WAIT_S}`
  throw new HubError('request-invalid', `wait: ${expected}, got ${JSON.stringify(text.slice(0, 20))}.`)
}

/** Who acts, and why; in every body. */
type ActorFields = { readonly [Name in keyof typeof actor]?: string | undefined }

interface Act<Body extends ActorFields> {
  readonly operationId: string
  readonly summary: string
  /** What it takes. Without any, no body is read. */
  readonly body: z.ZodType<Body>
  readonly isBodyRequired?: boolean
  readonly answer: { readonly status: 200 | 202; readonly description: string; readonly schema: string }
  /** For the log: what was done. */
  readonly done: string
  run(environment: EnvironmentView, body: Body, who: Actor): Promise<object>
}

type MakeRoute = (forEnvironment: ReturnType<typeof createForEnvironment>, log: Log) => Route

/** Described once for all hubs of a process: that takes longer than the rest of their listeners. */
function act<Body extends ActorFields>(declared: Act<Body>): MakeRoute {
  const { operationId, summary, body, isBodyRequired = false, answer, done, run } = declared
  const { $schema: _dialect, ...bodySchema } = z.toJSONSchema(body, { io: 'input' })
  const operation = acting(operationId, summary, {
    requestBody: {
      description: '`as` and `reason` are for the audit: who, and why.',
      required: isBodyRequired,
      content: { 'application/json': { schema: bodySchema } },
    },
    responses: {
      [answer.status]: json(answer.description, schema(answer.schema)),
      400: error('The body is not as it has to be. Nothing was changed.'),
      409: error('Not possible as things are. Nothing was changed.'),
    },
  })
  return (forEnvironment, log) =>
    post(
      `${of}/${operationId}`,
      operation,
      forEnvironment(async (context, acted) => {
        const given = await readActBody(context, body)
        const who = { as: given.as ?? 'admin API', reason: given.reason }
        const fields = await fromRedis(() => run(acted, given, who))
        const { name } = acted.config
        log.warn({ environment: name, ...who, ...fields }, done)
        return context.json({ environment: name, ...fields }, answer.status)
      }),
    )
}

const refresh: MakeRoute = (forEnvironment, log) =>
  post(
    `${of}/refresh`,
    acting('refresh', 'Ask VWO now, ahead of a back-off', {
      parameters: [wait],
      responses: {
        200: json('What came of it, where that was waited for.', schema('Refreshed')),
        202: json('The request is in Redis: some hub does it.', schema('Asked')),
        400: error('`wait` is not as it has to be. Nothing was asked for.'),
      },
    }),
    forEnvironment(async (context, { config, requestRefresh, refreshNow }) => {
      const { name } = config
      const waitMs = waitOf(context.req.query('wait'))
      if (waitMs === 0) {
        const ticket = await fromRedis(() => requestRefresh('manual'))
        log.info({ environment: name, ticket }, 'refresh asked for through the admin API')
        return context.json({ environment: name, ticket }, 202)
      }
      const done = await fromRedis(() => refreshNow(waitMs))
      log.info({ environment: name, ...done }, 'refresh asked for through the admin API')
      return context.json({ environment: name, ...done })
    }),
  )

const rollback = act({
  operationId: 'rollback',
  summary: 'Publish earlier content again, as a new revision, and pin it',
  body: z.strictObject({
    revision: z
      .union([z.int().positive(), z.string().min(1).max(40)], { error: revisionName })
      .transform(String)
      .optional(),
    pinForMs: z
      .union([z.literal(0), pinMs], { error: `${PIN_LENGTH}, or 0 (no pin)` })
      .default(DEFAULT_PIN_MS),
    ...actor,
  }),
  answer: { status: 200, description: 'Done.', schema: 'RolledBack' },
  done: 'rolled back',
  async run({ acts }, { revision, pinForMs }, who) {
    const plan = await acts.planRollback(revision)
    if (plan.passed.length > 0) {
      throw new HubError(
        'not-possible',
        `Cannot roll back: what is before this has been rolled back from. Name the revision that is meant; the last one of which that is not so is ${plan.to}. Nothing was changed.`,
      )
    }
    return await acts.rollback(plan, { ...who, pinForMs })
  },
})

const stop = act({
  operationId: 'stop',
  summary: 'Publish what is live without one campaign or feature, and pin it',
  body: z.strictObject({
    campaign: z.string().min(1, 'its key').max(300, 'its key'),
    pinForMs: pinMs.default(DEFAULT_PIN_MS),
    endCampaigns: z.boolean().default(false),
    ...actor,
    reason: z.string('the reason').min(1, 'the reason').max(300, 'at most 300 characters'),
  }),
  isBodyRequired: true,
  answer: { status: 200, description: 'Done.', schema: 'ByHand' },
  done: 'stopped by hand',
  async run({ acts: { byHand } }, { campaign, pinForMs, endCampaigns: isEndingMeant }, who) {
    return await byHand.publish(await byHand.planStop(campaign), { ...who, pinForMs, isEndingMeant })
  },
})

const pin = act({
  operationId: 'pin',
  summary: 'Publish nothing that VWO sends until the pin ends',
  body: z.strictObject({ forMs: pinMs, ...actor }),
  isBodyRequired: true,
  answer: { status: 200, description: 'Done.', schema: 'Pinned' },
  done: 'pinned',
  run: ({ acts }, { forMs }, who) => acts.pin({ ...who, forMs }),
})

const unpin = act({
  operationId: 'unpin',
  summary: 'End the pin, and ask VWO',
  body: z.strictObject(actor),
  answer: { status: 202, description: 'Done; the refresh is in Redis.', schema: 'Unpinned' },
  done: 'unpinned',
  run: ({ acts }, _body, who) => acts.unpin(who),
})

const release = act({
  operationId: 'release',
  summary: 'Let through what the guard holds back',
  body: z.strictObject({
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'a sha256 in hexadecimal')
      .optional(),
    ...actor,
  }),
  answer: {
    status: 202,
    description: 'Done; the refresh that publishes it is in Redis.',
    schema: 'Released',
  },
  done: 'released',
  run: ({ acts }, { sha256 }, who) => acts.release({ ...who, sha256 }),
})

/** What people do: `POST /v1/environments/<environment>/<name of the act>` with a body of JSON. */
export function createActRoutes(view: HubView, log: Log): Route[] {
  const forEnvironment = createForEnvironment(view)
  const make = (route: MakeRoute): Route => route(forEnvironment, log)
  return [
    make(refresh),
    make(rollback),
    make(stop),
    createPublishRoute(view, log),
    ...[pin, unpin, release].map(make),
  ]
}
