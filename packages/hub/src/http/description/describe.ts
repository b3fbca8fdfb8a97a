import { version } from '../../version.ts'
import { json, type Operation, type Paths } from './operation.ts'
import { get, pathsOf, type Route } from './route.ts'
import { type Schema, schemas } from './schemas.ts'

/** A description of a listener as OpenAPI 3.1. */
export interface ApiDescription {
  readonly openapi: '3.1.0'
  readonly paths: Paths
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>
    readonly securitySchemes: object
  }
  readonly [field: string]: unknown
}

/** What a description says beside the routes. */
export interface About {
  readonly title: string
  readonly description: string
  /** One of them is needed, where a route does not say otherwise. */
  readonly security: readonly object[]
  readonly schemes: object
}

/** Of the admin listener. */
const ofAdmin: About = {
  title: 'vwo-hub admin API',
  description:
    'What operators and their programs see and do. Times are ISO 8601 UTC. What does not apply is absent. Readers must expect fields that are not described yet.',
  // Where the hub has no token, both are ignored.
  security: [{ token: [] }, { session: [] }],
  schemes: {
    token: { type: 'http', scheme: 'bearer', description: '`HUB_ADMIN_TOKEN`' },
    session: {
      type: 'apiKey',
      in: 'cookie',
      name: 'vwo-hub-session-8081',
      description:
        'Of a browser that has logged in; the number is the port. Reads the API, and posts the forms of pages.',
    },
  },
}

/** Where a listener describes itself, to those whom its second argument lets in. */
export function describing(
  description: () => ApiDescription,
  { responses, ...security }: Pick<Operation, 'security' | 'responses'>,
): Route {
  const operation = {
    operationId: 'describe',
    summary: 'This description',
    tags: ['look'],
    ...security,
    responses: { 200: json('An OpenAPI 3.1 document.', { type: 'object' }), ...responses },
  }
  return get('/openapi.json', operation, (context) => context.json(description()))
}

/** Everything that a listener answers. @param about - Default: the admin listener. */
export function describeApi(routes: readonly Route[], about: About = ofAdmin): ApiDescription {
  return {
    openapi: '3.1.0',
    info: {
      title: about.title,
      version,
      description: about.description,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    // Where this description is: a proxy may have put it under a path.
    servers: [{ url: '.' }],
    security: about.security,
    tags: [
      { name: 'look', description: 'Changes nothing.' },
      {
        name: 'act',
        description: 'Changes what apps decide with. Each is in the audit. Needs the token itself.',
      },
      { name: 'probe', description: 'For the machinery around a hub.' },
      { name: 'sdk', description: 'For SDKs that think they ask VWO.' },
      { name: 'page', description: 'The dashboard.' },
    ],
    paths: pathsOf(routes),
    components: { schemas, securitySchemes: about.schemes },
  }
}
