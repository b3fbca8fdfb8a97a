import {
  as,
  environment,
  error,
  type Answer,
  type Operation,
  open,
  type Paths,
} from './openapi-operations.ts'

const of = '/environments/{environment}'
const html = (description: string): Answer => as('text/html', description)
const notFound = { 404: html('There is no such environment or revision.') }
const toLogin = { 303: { description: 'To the login, where there is a token and no session.' } }
/** The pages' own refusal, and that of the listener, which comes before it. */
const notYours: Answer = {
  description: 'Another site, or a form that was not made for this session.',
  content: { ...html('').content, ...error('').content },
}
const redisAway = { 503: html('Redis does not answer.') }

function page(operationId: string, summary: string, extra: Partial<Operation> = {}): Operation {
  const { responses, ...rest } = extra
  return {
    operationId,
    summary,
    tags: ['page'],
    ...rest,
    responses: { 200: html('The page.'), ...responses },
  }
}

function form(operationId: string, summary: string, fields: readonly string[]): Operation {
  const properties = Object.fromEntries(fields.map((name) => [name, { type: 'string' }]))
  return {
    operationId,
    summary,
    description:
      'For the forms of the pages: it takes the session’s cookie and its `csrf`. Programs use `/v1/…`.',
    tags: ['page'],
    parameters: [environment],
    requestBody: {
      required: true,
      content: { 'application/x-www-form-urlencoded': { schema: { type: 'object', properties } } },
    },
    responses: {
      303: { description: 'Done: back to the environment. Or to the login.' },
      400: html('The form is not as it has to be.'),
      413: html('The form is too large.'),
      403: notYours,
      409: html('Not possible as things are.'),
      ...notFound,
      ...redisAway,
    },
  }
}

function actPage(name: string, fields: readonly string[]): { get: Operation; post: Operation } {
  const parameters = [environment]
  const responses = { ...toLogin, ...notFound, 409: html('Not possible as things are.'), ...redisAway }
  return {
    get: page(`${name}Page`, `Says what ${name} would do, and asks`, { parameters, responses }),
    post: form(`${name}OnPage`, `Does ${name}`, ['csrf', 'as', 'reason', ...fields]),
  }
}

function asset(operationId: string, type: string): { get: Operation } {
  const responses = { 200: as(type, 'The file.'), 304: { description: 'As before.' } }
  return { get: { operationId, summary: 'Needed by every page', tags: ['page'], ...open, responses } }
}

/** What browsers use. */
export const pagePaths: Paths = {
  '/': {
    get: page('overviewPage', 'Every environment', {
      responses: { ...toLogin, 302: { description: 'To the only environment.' } },
    }),
  },
  [of]: {
    get: page('environmentPage', 'One environment', {
      parameters: [environment],
      responses: { ...toLogin, ...notFound },
    }),
  },
  [`${of}/revisions/{revision}`]: {
    get: page('revisionPage', 'What one revision changed', {
      parameters: [
        environment,
        { name: 'revision', in: 'path', required: true, schema: { type: 'string' } },
        { name: 'against', in: 'query', schema: { type: 'string' } },
        {
          name: 'moves',
          in: 'query',
          description:
            'With whom it moves. The page does not wait for long: it says that it is being decided.',
          schema: { type: 'string', enum: ['1'] },
        },
      ],
      responses: { ...toLogin, ...notFound, ...redisAway },
    }),
  },
  [`${of}/refresh`]: { post: form('refreshOnPage', 'Asks VWO now', ['csrf']) },
  [`${of}/rollback`]: actPage('rollback', ['to', 'from', 'pinForMs']),
  [`${of}/pin`]: actPage('pin', ['forMs']),
  [`${of}/unpin`]: actPage('unpin', []),
  [`${of}/release`]: actPage('release', ['sha256']),
  '/login': {
    get: page('loginPage', 'Asks for the admin token', {
      ...open,
      responses: { 303: { description: 'Where there is no token: to the overview.' } },
    }),
    post: {
      operationId: 'login',
      summary: 'Begins a session: 12 hours, in a cookie',
      tags: ['page'],
      ...open,
      responses: {
        303: { description: 'To the page that was wanted.' },
        401: html('It was not the token.'),
        403: notYours,
      },
    },
  },
  '/logout': {
    post: {
      operationId: 'logout',
      summary: 'Takes the cookie away',
      tags: ['page'],
      ...open,
      responses: { 303: { description: 'To the login.' }, 403: notYours },
    },
  },
  '/assets/dashboard.css': asset('style', 'text/css'),
  '/assets/dashboard.js': asset('script', 'text/javascript'),
  '/assets/mark.svg': asset('mark', 'image/svg+xml'),
}
