import { version } from '../../version.ts'
import type { Paths } from './operation.ts'
import { pathsOf, type Route } from './route.ts'
import { type Schema, schemas } from './schemas.ts'

/** A description of the admin listener as OpenAPI 3.1. */
export interface ApiDescription {
  readonly openapi: '3.1.0'
  readonly paths: Paths
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>
    readonly securitySchemes: object
  }
  readonly [field: string]: unknown
}

/** Everything that the admin listener answers. */
export function describeApi(routes: readonly Route[]): ApiDescription {
  return {
    openapi: '3.1.0',
    info: {
      title: 'vwo-hub admin API',
      version,
      description:
        'What operators and their programs see and do. Times are ISO 8601 UTC. What does not apply is absent. Readers must expect fields that are not described yet.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    // Where the hub has no token, both are ignored.
    security: [{ token: [] }, { session: [] }],
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
    components: {
      schemas,
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: '`HUB_ADMIN_TOKEN`' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'vwo-hub-session-8081',
          description:
            'Of a browser that has logged in; the number is the port. Reads the API, and posts the forms of pages.',
        },
      },
    },
  }
}
