import type { Context } from 'hono'
import { revisionMetaOf } from '../../environment/meta.ts'
import type { EnvironmentView } from '../../operate/environment-view.ts'
import { createObserver, type Observer } from '../../operate/observe.ts'
import { publicPreview } from '../../product/public-names.ts'
import {
  type Answer,
  as,
  environment,
  error,
  inPath,
  inQuery,
  json,
  type Operation,
  redisAway,
  refusals,
  unknown,
} from '../description/operation.ts'
import { get, type Route } from '../description/route.ts'
import { listOf, object, schema } from '../description/schemas.ts'
import { failure } from '../failure.ts'
import { fromRedis } from '../from-redis.ts'
import type { HubView } from '../hub-view.ts'
import { createForEnvironment } from './environment-handler.ts'
import type { EventStreams } from './events.ts'
import { productParameter, refuseOtherProduct, settings, settingsResponse } from './settings-response.ts'

const of = '/v1/environments/{environment}'

/** What changes nothing. */
export function createLookRoutes(
  view: HubView,
  {
    observers,
    streams,
    isStillLetIn,
  }: {
    readonly observers: ReadonlyMap<string, Observer>
    readonly streams: EventStreams
    /** Whether who was let in with this request would be let in now. */
    readonly isStillLetIn: (context: Context) => Promise<boolean>
  },
): Route[] {
  const forEnvironment = createForEnvironment(view)
  return [
    get(
      '/v1/environments',
      {
        operationId: 'listEnvironments',
        summary: 'Every environment, as this hub has it in memory',
        tags: ['look'],
        responses: {
          200: json('By name.', object({ environments: listOf(schema('Environment')) })),
          ...refusals,
        },
      },
      (context) => context.json({ environments: [...view.environments.values()].map(inMemory) }),
    ),
    get(
      of,
      look('readStatus', 'What is published, and whether it is kept current', {
        200: json('As Redis has it.', schema('EnvironmentStatus')),
        ...redisAway,
      }),
      forEnvironment(async (context, { config, status }) =>
        context.json({ accountId: config.accountId, ...(await fromRedis(status)) }),
      ),
    ),
    get(
      `${of}/settings`,
      look(
        'readSettings',
        'The current settings-file, from this hub’s memory',
        {
          ...settings,
          409: error('It is of another product than the one asked for.'),
          503: error('Nothing has been published yet.'),
        },
        [productParameter],
      ),
      forEnvironment((context, own) => {
        const published = own.current()
        if (published !== undefined)
          return refuseOtherProduct(context, published) ?? settingsResponse(context, published, own, view)
        return failure(context, 503, 'not-ready', `No settings yet for "${own.config.name}".`)
      }),
    ),
    get(
      `${of}/revisions`,
      look('readHistory', 'The kept revisions, newest first', {
        200: json('The last 20.', object({ revisions: listOf(schema('Revision')) })),
        ...redisAway,
      }),
      forEnvironment(async (context, { history }) => context.json({ revisions: await fromRedis(history) })),
    ),
    get(
      `${of}/revisions/{revision}/diff`,
      look(
        'compareRevisions',
        'What one revision changes against another, in words',
        { 200: json('The changes.', schema('Diff')), ...redisAway },
        ofTwo,
      ),
      forEnvironment(async (context, { diff }) =>
        context.json(await fromRedis(() => diff(...revisionsOf(context)))),
      ),
    ),
    get(
      `${of}/revisions/{revision}/moves`,
      look(
        'previewMoves',
        'Who gets something else by it, as the real SDK decides for 2,000 users',
        {
          200: json('Per campaign or feature, those that move most users first.', schema('Moves')),
          409: error('The settings cannot be decided with.'),
          503: error('It took too long, or Redis does not answer.'),
        },
        ofTwo,
      ),
      forEnvironment(async (context, { moves }) => {
        const found = await fromRedis(() => moves(...revisionsOf(context), context.req.raw.signal))
        const { environment: name, from, to } = found
        return context.json({ environment: name, from, to, ...publicPreview(found) })
      }),
    ),
    get(
      `${of}/nodes`,
      look('readNodes', 'Which nodes have the newest revision, and how fast it came', {
        200: json('Those that are behind come first.', schema('Propagation')),
        ...redisAway,
      }),
      forEnvironment(async (context, { nodes }) => context.json(await fromRedis(nodes))),
    ),
    get(
      `${of}/events`,
      look('followEvents', 'What changes, as server-sent events', {
        200: as(
          'text/event-stream',
          'How things are, and then each change: `status` (an EnvironmentStatus), `nodes` (a Spread), and `unreachable` (an Unreachable) when Redis does not answer; after that a `status` follows when it does again. Only the newest of each kind is sent to who reads slowly. The stream ends after an hour, and with the token or session that it was opened with.',
        ),
        503: error('There are too many listeners, or the hub is closing.'),
      }),
      forEnvironment((context, watched) => {
        const observer = observers.get(watched.config.name) ?? createObserver(watched)
        return streams.open(context, observer, async () => await isStillLetIn(context))
      }),
    ),
  ]
}

function look(
  operationId: string,
  summary: string,
  answers: Readonly<Record<number, Answer>>,
  parameters: readonly object[] = [],
): Operation {
  return {
    operationId,
    summary,
    tags: ['look'],
    parameters: [environment, ...parameters],
    responses: { ...answers, ...refusals, ...unknown },
  }
}

/** Which revision, and against which. */
const ofTwo = [
  inPath(
    'revision',
    'A number, `latest`, `previous`, `~2`, a time such as `14:05`; or `held` or `waiting`: what VWO has and is not published.',
  ),
  inQuery('against', 'The same. Default: the kept revision before the other one, or the newest.'),
]

function revisionsOf(context: Context): [revision: string, against: string | undefined] {
  return [context.req.param('revision') ?? '', context.req.query('against')]
}

function inMemory({ config, current }: EnvironmentView): object {
  const published = current()
  return {
    name: config.name,
    accountId: config.accountId,
    // Absent while nothing is published.
    current: published && revisionMetaOf({ ...published.meta, revision: String(published.revision) }),
  }
}
