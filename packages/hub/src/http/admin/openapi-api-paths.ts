import { z } from 'zod'
import { actBodies } from './act-routes.ts'
import {
  type Answer,
  as,
  byToken,
  environment,
  error,
  json,
  type Operation,
  open,
  type Paths,
  redisAway,
  refusals,
  unknown,
} from './openapi-operations.ts'
import { schema } from './openapi-schemas.ts'

const of = '/v1/environments/{environment}'

function look(
  operationId: string,
  summary: string,
  answers: Record<number, Answer>,
  parameters: object[] = [],
): {
  get: Operation
} {
  return {
    get: {
      operationId,
      summary,
      tags: ['look'],
      parameters: [environment, ...parameters],
      responses: { ...answers, ...refusals, ...unknown },
    },
  }
}

function act(
  name: keyof typeof actBodies,
  summary: string,
  answers: Record<number, Answer>,
): { post: Operation } {
  const { $schema: _dialect, ...body } = z.toJSONSchema(actBodies[name], { io: 'input' })
  return {
    post: {
      operationId: name,
      summary,
      tags: ['act'],
      ...byToken,
      parameters: [environment],
      requestBody: {
        description: '`as` and `reason` are for the audit: who, and why.',
        required: name === 'pin',
        content: { 'application/json': { schema: body } },
      },
      responses: {
        ...answers,
        400: error('The body is not as it has to be. Nothing was changed.'),
        ...refusals,
        ...unknown,
        409: error('Not possible as things are. Nothing was changed.'),
        ...redisAway,
      },
    },
  }
}

/** Which revision, and against which. */
const ofTwo = [
  {
    name: 'revision',
    in: 'path',
    required: true,
    description: 'A number, `latest`, `previous`, `~2`, or a time such as `14:05`.',
    schema: { type: 'string' },
  },
  {
    name: 'against',
    in: 'query',
    description: 'The same. Default: the kept revision before the other one.',
    schema: { type: 'string' },
  },
]

const settingsHeaders = {
  ETag: { description: 'The sha256 of the text, in quotes.', schema: { type: 'string' } },
  'VWO-Hub-Revision': { description: 'Which revision it is.', schema: { type: 'string' } },
}
const settings: Answer = {
  ...json('The settings-file, exactly as VWO sent it.', { type: 'object' }),
  ...{ headers: settingsHeaders },
}
const known: Answer = { description: 'It is the one that `If-None-Match` names.' }
const notYet = { 503: error('Nothing has been published yet.') }

function likeVwo(operationId: string, summary: string): { get: Operation } {
  const query = (name: string, description: string) => ({
    name,
    in: 'query',
    required: true,
    description,
    schema: { type: 'string' },
  })
  const message = { type: 'object', required: ['message'], properties: { message: { type: 'string' } } }
  return {
    get: {
      operationId,
      summary,
      tags: ['sdk'],
      ...open,
      parameters: [query('a', 'The accountId.'), query('i', 'The sdkKey, which is the credential.')],
      responses: {
        200: settings,
        304: known,
        400: json('Account and key belong to no environment.', message),
        403: refusals[403],
        503: json('Nothing has been published yet.', message),
      },
    },
  }
}

/** What programs use. */
export const apiPaths: Paths = {
  '/healthz': {
    get: {
      operationId: 'isAlive',
      summary: 'Whether the process runs',
      tags: ['probe'],
      ...open,
      responses: {
        200: json('It does.', {
          type: 'object',
          properties: { status: { const: 'ok' } },
          required: ['status'],
        }),
      },
    },
  },
  '/readyz': {
    get: {
      operationId: 'isReady',
      summary: 'Whether every environment has settings, and the hub is not closing',
      tags: ['probe'],
      ...open,
      responses: {
        200: json('It is.', {
          type: 'object',
          properties: { status: { const: 'ready' } },
          required: ['status'],
        }),
        503: error('It is not.'),
      },
    },
  },
  '/metrics': {
    get: {
      operationId: 'readMetrics',
      summary: 'Metrics, in the text format of Prometheus',
      tags: ['probe'],
      responses: { 200: as('text/plain', 'One scrape.'), ...refusals },
    },
  },
  '/openapi.json': {
    get: {
      operationId: 'describe',
      summary: 'This description',
      tags: ['look'],
      responses: { 200: json('An OpenAPI 3.1 document.', { type: 'object' }), ...refusals },
    },
  },
  '/v1/environments': {
    get: {
      operationId: 'listEnvironments',
      summary: 'Every environment, as this hub has it in memory',
      tags: ['look'],
      responses: {
        200: json('By name.', {
          type: 'object',
          required: ['environments'],
          properties: { environments: { type: 'array', items: schema('Environment') } },
        }),
        ...refusals,
      },
    },
  },
  [of]: look('readStatus', 'What is published, and whether it is kept current', {
    200: json('As Redis has it.', schema('EnvironmentStatus')),
    ...redisAway,
  }),
  [`${of}/settings`]: look('readSettings', 'The current settings-file, from this hub’s memory', {
    200: settings,
    304: known,
    ...notYet,
  }),
  [`${of}/revisions`]: look('readHistory', 'The kept revisions, newest first', {
    200: json('The last 20.', {
      type: 'object',
      required: ['revisions'],
      properties: { revisions: { type: 'array', items: schema('Revision') } },
    }),
    ...redisAway,
  }),
  [`${of}/revisions/{revision}/diff`]: look(
    'compareRevisions',
    'What one revision changes against another, in words',
    { 200: json('The changes.', schema('Diff')), ...redisAway },
    ofTwo,
  ),
  [`${of}/revisions/{revision}/moves`]: look(
    'previewMoves',
    'Who gets something else by it, as the real SDK decides for 2,000 users',
    {
      200: json('Per campaign, those that move most users first.', schema('Moves')),
      409: error('The settings cannot be decided with.'),
      503: error('It took too long, or Redis does not answer.'),
    },
    ofTwo,
  ),
  [`${of}/nodes`]: look('readNodes', 'Which nodes have the newest revision, and how fast it came', {
    200: json('Those that are behind come first.', schema('Propagation')),
    ...redisAway,
  }),
  [`${of}/events`]: look('followEvents', 'What changes, as server-sent events', {
    200: as(
      'text/event-stream',
      'How things are, and then each change: `status` (an EnvironmentStatus), `nodes` (a Spread), and `unreachable` (an Unreachable) when Redis does not answer; after that a `status` follows when it does again. Only the newest of each kind is sent to who reads slowly. The stream ends after an hour.',
    ),
    503: error('There are too many listeners, or the hub is closing.'),
  }),
  [`${of}/refresh`]: {
    post: {
      operationId: 'refresh',
      summary: 'Ask VWO now',
      tags: ['act'],
      ...byToken,
      parameters: [environment],
      responses: {
        202: json('The request is in Redis: some hub does it.', schema('Asked')),
        ...refusals,
        ...unknown,
        ...redisAway,
      },
    },
  },
  [`${of}/rollback`]: act('rollback', 'Publish earlier content again, as a new revision, and pin it', {
    200: json('Done.', schema('RolledBack')),
  }),
  [`${of}/pin`]: act('pin', 'Publish nothing that VWO sends until the pin ends', {
    200: json('Done.', schema('Pinned')),
  }),
  [`${of}/unpin`]: act('unpin', 'End the pin, and ask VWO', {
    202: json('Done; the refresh is in Redis.', schema('Unpinned')),
  }),
  [`${of}/release`]: act('release', 'Let through what the guard holds back', {
    202: json('Done; the refresh that publishes it is in Redis.', schema('Released')),
  }),
  '/server-side/settings': likeVwo(
    'readSettingsAsSdk',
    'The settings-file for an unmodified SDK, at its launch',
  ),
  '/server-side/pull': likeVwo('pullSettingsAsSdk', 'The same, when it polls'),
}
