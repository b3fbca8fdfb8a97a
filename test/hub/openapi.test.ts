import { Validator } from '@seriousme/openapi-schema-validator'
import { createClient } from '@vwo-hub/client'
import { type RedisServer, startRedisServer } from '@vwo-hub/sandbox'
import vwoSdk from 'vwo-node-sdk'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAdminApp } from '../../packages/hub/dist/http/admin-app.js'
import type { ApiDescription } from '../../packages/hub/dist/http/description/describe.js'
import { createLog } from '../../packages/hub/dist/log/log.js'
import { createAnswerCheck } from '../support/api-description.ts'
import { sharedJudging } from '../support/hub-config.ts'
import { type Hubs, running, startHubs } from '../support/hubs.ts'
import { until } from '../support/until.ts'

const token = 'the-admin-token'
const bearer = { Authorization: `Bearer ${token}` }
const view = {
  isClosing: () => false,
  staleAfterMs: 30_000,
  metrics: async () => expect.fail(),
  environments: new Map(),
}
const { description, routes } = createAdminApp(view, { log: createLog({ level: 'silent', secrets: [] }) })
const check = createAnswerCheck(description)
const sixKeys = ['a', 'b', 'c', 'd', 'e', 'f']
let server: RedisServer
let hubs: Hubs
let client: ReturnType<typeof createClient>

beforeAll(async () => {
  server = await startRedisServer()
  hubs = await startHubs({
    url: server.url,
    settings: running(sixKeys, 50),
    config: { adminToken: token },
    // An answer has the same form for few users.
    judging: {
      ...sharedJudging,
      preview: async (options) => await sharedJudging.preview({ ...options, users: 20 }),
    },
  })
  client = createClient({ environment: hubs.environment, redis: server.url, sdk: vwoSdk })
  await client.ready()
  await hubs.vwo.set(running(sixKeys, 60))
  await until(hubs.whats, (whats) => whats.filter((what) => what === 'publish').length === 2)
  await until(
    async () => (await call('GET /v1/environments/{environment}/nodes')).body,
    (body) => body.includes('lagMs'),
  )
})
afterAll(async () => {
  await client.close()
  await hubs.close()
  await server.close()
})

interface Call {
  /** Besides the environment, which is filled in. */
  readonly path?: Readonly<Record<string, string>>
  readonly query?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: object
}

async function call(operation: string, { path = {}, query = '', headers = bearer, body }: Call = {}) {
  const [method = '', template = ''] = operation.split(' ')
  const filledIn = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => path[name] ?? hubs.environment)
  const response = await fetch(`${hubs.first.adminUrl}${filledIn}${query}`, {
    method,
    redirect: 'manual',
    headers: { ...headers, ...(body && { 'Content-Type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await firstOf(response)
  return { status: response.status, contentType: response.headers.get('content-type'), body: text }
}

/** The whole body; of a stream only its beginning. */
async function firstOf(response: Response): Promise<string> {
  if (response.headers.get('content-type') !== 'text/event-stream') return await response.text()
  const reader = response.body?.getReader()
  const { value } = (await reader?.read()) ?? {}
  await reader?.cancel()
  return new TextDecoder().decode(value)
}

const of = '/v1/environments/{environment}'
const page = '/environments/{environment}'
const sdk = `?a=123456&i=the-sdk-key`
const nobody = { path: { environment: 'nobody' } }
const stranger = { headers: { ...bearer, Origin: 'https://attacker.example' } }
const anyone = { headers: {} }

/** Looks, and acts that are refused: in any order, and nothing is changed. */
const calls: readonly (readonly [operation: string, expected: number, call?: Call])[] = [
  ['GET /healthz', 200, anyone],
  ['GET /readyz', 200, anyone],
  ['GET /metrics', 200],
  ['GET /metrics', 401, anyone],
  ['GET /openapi.json', 200],
  ['GET /openapi.json', 401, anyone],
  ['GET /v1/environments', 200],
  ['GET /v1/environments', 401, anyone],
  [`GET ${of}`, 200],
  [`GET ${of}`, 404, nobody],
  [`GET ${of}/settings`, 200],
  [`GET ${of}/settings`, 304, { headers: { ...bearer, 'If-None-Match': '*' } }],
  [`GET ${of}/revisions`, 200],
  [`GET ${of}/revisions/{revision}/diff`, 200, { path: { revision: 'latest' } }],
  [`GET ${of}/revisions/{revision}/diff`, 404, { path: { revision: '1' } }],
  [`GET ${of}/revisions/{revision}/moves`, 200, { path: { revision: 'latest' } }],
  [`GET ${of}/revisions/{revision}/moves`, 404, { path: { revision: '1' } }],
  [`GET ${of}/nodes`, 200],
  [`GET ${of}/events`, 200],
  [`GET ${of}/events`, 404, nobody],
  [`POST ${of}/refresh`, 404, nobody],
  [`POST ${of}/refresh`, 403, stranger],
  [`POST ${of}/rollback`, 400, { body: { revision: true } }],
  [`POST ${of}/rollback`, 404, { body: { revision: 1 } }],
  [`POST ${of}/stop`, 400],
  [`POST ${of}/publish`, 400, { body: {} }],
  [`POST ${of}/pin`, 400],
  [`POST ${of}/unpin`, 409],
  [`POST ${of}/release`, 409],
  ['GET /server-side/settings', 200, { query: sdk, headers: {} }],
  ['GET /server-side/settings', 400, anyone],
  ['GET /server-side/pull', 200, { query: sdk, headers: {} }],
  ['GET /server-side/pull', 304, { query: sdk, headers: { 'If-None-Match': '*' } }],
  // None of them distributes FME.
  ['GET /server-side/v2-settings', 400, { query: sdk, headers: {} }],
  ['GET /server-side/v2-pull', 400, { query: sdk, headers: {} }],
  ['GET /', 302],
  ['GET /', 303, anyone],
  [`GET ${page}`, 200],
  [`GET ${page}`, 404, nobody],
  [`GET ${page}/revisions/{revision}`, 200, { path: { revision: 'latest' } }],
  [`GET ${page}/revisions/{revision}`, 404, { path: { revision: '1' } }],
  [`GET ${page}/unit`, 200, { query: '?key=a' }],
  [`GET ${page}/unit`, 404, { query: '?key=nobody' }],
  [`POST ${page}/unit`, 403],
  [`POST ${page}/refresh`, 403],
  [`POST ${page}/refresh`, 303, anyone],
  [`GET ${page}/rollback`, 200],
  [`POST ${page}/rollback`, 403],
  [`GET ${page}/stop`, 200],
  [`POST ${page}/stop`, 403],
  [`GET ${page}/publish`, 200],
  [`POST ${page}/publish`, 403],
  [`GET ${page}/pin`, 200],
  [`POST ${page}/pin`, 403],
  [`GET ${page}/unpin`, 409],
  [`POST ${page}/unpin`, 403],
  [`GET ${page}/release`, 409],
  [`POST ${page}/release`, 403],
  ['GET /login', 200, anyone],
  ['POST /login', 401, anyone],
  ['POST /login', 403, stranger],
  ['POST /logout', 303, anyone],
  ['GET /assets/dashboard.css', 200, anyone],
  ['GET /assets/dashboard.js', 200, anyone],
  ['GET /assets/mark.svg', 200, anyone],
]

/** One after the other: each makes the next one possible. */
const acts: readonly (readonly [operation: string, expected: number, call?: Call])[] = [
  [`POST ${of}/refresh`, 202],
  [`POST ${of}/rollback`, 200, { body: { as: 'ann', reason: 'a test' } }],
  [`POST ${of}/rollback`, 409, { body: { revision: 'latest' } }],
  [`GET ${of}`, 200],
  [`GET ${page}/unpin`, 200],
  [`POST ${of}/unpin`, 202, { body: {} }],
  [`POST ${of}/pin`, 200, { body: { forMs: 60_000 } }],
  [`POST ${of}/unpin`, 202],
]

describe('the description of the admin API', () => {
  it('is a valid OpenAPI document', async () => {
    const result = await new Validator().validate(JSON.parse(JSON.stringify(description)))
    expect(result.errors ?? []).toEqual([])
  })

  it('is what is served', async () => {
    const { body } = await call('GET /openapi.json')
    expect(JSON.parse(body)).toEqual(JSON.parse(JSON.stringify(description)))
  })

  it('has every route, and no other one', () => {
    const answered = routes
      .filter(({ method }) => method !== 'ALL')
      .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`)
    expect(operationsOf(description)).toEqual([...new Set(answered)].toSorted())
  })

  it('is held against answers to every operation here', () => {
    const tried = [...calls, ...acts].map(([operation]) => operation)
    expect([...new Set(tried)].toSorted()).toEqual(operationsOf(description))
  })

  it('names each operation once', () => {
    const ids = Object.values(description.paths).flatMap((path) =>
      Object.values(path).map(({ operationId }) => operationId),
    )
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([])
  })
})

describe('an answer is as described', () => {
  it.each(calls.map(([operation, expected, options = {}]) => ({ operation, expected, options })))(
    '$operation: $expected',
    async ({ operation, expected, options }) => {
      const { status, contentType, body } = await call(operation, options)
      expect([status, check.faultsOf(operation, status, contentType, body)]).toEqual([expected, []])
    },
  )

  it('after acts', async () => {
    for (const [operation, expected, options] of acts) {
      const { status, contentType, body } = await call(operation, options)
      const faults = check.faultsOf(operation, status, contentType, body)
      expect([operation, status, faults]).toEqual([operation, expected, []])
    }
  })

  it('while something is held back, and when it is released', async () => {
    await hubs.vwo.set(running([], 1))
    await until(hubs.meta, ({ held }) => held !== undefined)
    for (const [operation, expected] of [
      [`GET ${of}`, 200],
      ['GET /v1/environments', 200],
      [`GET ${of}/revisions/{revision}/diff`, 200],
      [`GET ${page}/revisions/{revision}`, 200],
      [`GET ${page}/release`, 200],
      [`POST ${of}/release`, 202],
    ] as const) {
      const { status, contentType, body } = await call(operation, { path: { revision: 'held' } })
      const faults = check.faultsOf(operation, status, contentType, body)
      expect([operation, status, faults]).toEqual([operation, expected, []])
    }
  })

  it('in each event of the stream', async () => {
    const response = await fetch(`${hubs.first.adminUrl}/v1/environments/${hubs.environment}/events`, {
      headers: bearer,
    })
    const reader = response.body?.getReader()
    const seen = new Map<string, string>()
    let text = ''
    while (seen.size < 2) {
      const { value, done } = (await reader?.read()) ?? { done: true }
      if (done) break
      text += new TextDecoder().decode(value)
      for (const [, name = '', data = ''] of text.matchAll(/event: (\w+)\ndata: (.*)\n\n/g))
        seen.set(name, data)
    }
    await reader?.cancel()
    const faults = [...seen].flatMap(([name, data]) =>
      check.faultsOfSchema(schemaOf[name] ?? '', JSON.parse(data)),
    )
    expect([[...seen.keys()].toSorted(), faults]).toEqual([['nodes', 'status'], []])
  })

  it('is found out when it is not', () => {
    const body = JSON.stringify({ error: { code: 'not-found', message: 'x', more: 1 } })
    expect(check.faultsOf(`GET ${of}`, 404, 'application/json', body)).toEqual([
      expect.stringContaining('must NOT have additional properties'),
    ])
    expect(check.faultsOf(`GET ${of}`, 418, 'application/json', '{}')).toHaveLength(1)
    expect(check.faultsOf(`GET ${of}`, 404, 'text/html', '')).toHaveLength(1)
  })
})

const schemaOf: Readonly<Record<string, string>> = { status: 'EnvironmentStatus', nodes: 'Spread' }

function operationsOf({ paths }: ApiDescription): string[] {
  return Object.entries(paths)
    .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`))
    .toSorted()
}
