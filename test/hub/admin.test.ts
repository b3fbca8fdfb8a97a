import { describe, expect, it } from 'vitest'
import { createAdminApp } from '../../packages/hub/dist/http/admin-app.js'
import type { HubView } from '../../packages/hub/dist/http/hub-view.js'
import type { EnvironmentView } from '../../packages/hub/dist/operate/environment-view.js'
import type { EnvironmentConfig } from '@vwo-hub/hub'
import { createLog } from '../../packages/hub/dist/log/log.js'
import { sha256Of } from '@vwo-hub/protocol'
import type { Published } from '../../packages/hub/dist/environment/meta.js'

const log = createLog({ level: 'silent', secrets: [] })
const sdkKey = 'the-sdk-key-of-prod'
const token = 'the-admin-token'

const configOf = (name: string, overrides: Partial<EnvironmentConfig> = {}): EnvironmentConfig => ({
  name,
  accountId: '123456',
  sdkKey,
  webhookSecrets: ['the-webhook-secret'],
  allowUnauthenticatedWebhooks: false,
  baseUrl: 'https://vwo.example',
  sdk: 'vwo-node-sdk',
  sdkVersion: '1.73.0',
  ...overrides,
})

const text = '{"version":1,"accountId":123456,"campaigns":[]}'
const published: Published = {
  revision: 1_764_000_000_000,
  text: Buffer.from(text),
  meta: {
    sha256: sha256Of(text),
    bytes: String(text.length),
    campaigns: '0',
    publishedAt: '2025-11-24T16:00:00.000Z',
    fetchedAt: '2025-11-24T15:59:59.900Z',
    checkedAt: '2025-11-24T16:01:00.000Z',
    trigger: 'webhook',
    accountId: '123456',
    protocol: '1',
    sdk: 'vwo-node-sdk/1.73.0',
  },
}

const status = {
  environment: 'prod',
  now: '2025-11-24T16:02:00.000Z',
  current: undefined,
  refresh: { requested: 3, completed: 3, fruitless: 0 },
  hubs: [],
  audit: [],
}

const environmentOf = (
  config: EnvironmentConfig,
  overrides: Partial<EnvironmentView> = {},
): EnvironmentView => ({
  config,
  current: () => published,
  requestRefresh: async () => 7,
  refreshNow: async () => ({ outcome: 'unchanged', ticket: 7, revision: 5, message: 'Nothing new.' }),
  confirmedMsAgo: () => 1999,
  status: async () => status,
  history: async () => [],
  diff: async () => expect.fail('nobody compares here'),
  moves: async () => expect.fail('nobody asks who moves'),
  live: async () => ({ state: 'reading' }),
  explain: async () => expect.fail('nobody explains here'),
  recent: async () => undefined,
  acts: {
    planRollback: async () => expect.fail('nobody rolls back here'),
    rollback: async () => expect.fail('nobody rolls back here'),
    pin: async () => expect.fail('nobody pins here'),
    unpin: async () => expect.fail('nobody unpins here'),
    pinned: async () => expect.fail('nobody unpins here'),
    held: async () => expect.fail('nobody releases here'),
    release: async () => expect.fail('nobody releases here'),
    adopt: async () => expect.fail('nobody adopts here'),
    byHand: {
      planPublish: async () => expect.fail('nobody publishes here'),
      planStop: async () => expect.fail('nobody stops anything here'),
      publish: async () => expect.fail('nobody publishes here'),
    },
  },
  nodes: async () => ({ environment: config.name, now: status.now, current: 0, total: 0, nodes: [] }),
  ...overrides,
})

function setUp(options: { token?: string; isClosing?: boolean; environments?: EnvironmentView[] } = {}) {
  const { environments = [environmentOf(configOf('prod'))], isClosing = false } = options
  const view: HubView = {
    isClosing: () => isClosing,
    staleAfterMs: 30_000,
    metrics: async () => ({ contentType: 'text/plain', text: '' }),
    environments: new Map(environments.map((environment) => [environment.config.name, environment])),
  }
  const app = createAdminApp(view, { log, ...(options.token !== undefined && { token: options.token }) })
  return async (path: string, init?: RequestInit) => await app.request(path, init)
}

const errorOf = async (response: Response) => [response.status, await response.json()] as const

describe('health', () => {
  it('is the process alone', async () => {
    const request = setUp({ isClosing: true })
    expect((await request('/healthz')).status).toBe(200)
  })

  it('is ready when every environment has settings', async () => {
    const response = await setUp()('/readyz')
    expect([response.status, await response.json()]).toEqual([
      200,
      { status: 'ready', environments: { prod: { revision: 1_764_000_000_000, ageSeconds: 1 } } },
    ])
  })

  it('names the environments that have none, and none to who shows no token', async () => {
    const without = environmentOf(configOf('stage'), { current: () => undefined })
    const environments = [environmentOf(configOf('prod')), without]
    const named = 'No settings yet for: stage.'
    const counted = 'No settings yet for: 1 environment.'
    const headers = { Authorization: `Bearer ${token}` }
    const answers = [
      await setUp({ environments })('/readyz'),
      await setUp({ environments, token })('/readyz', { headers }),
      await setUp({ environments, token })('/readyz'),
      await setUp({ environments, token })('/readyz', { headers: { Authorization: `Bearer ${token}x` } }),
    ]
    expect(await Promise.all(answers.map(errorOf))).toEqual(
      [named, named, counted, counted].map((message) => [503, { error: { code: 'not-ready', message } }]),
    )
    expect(await (await setUp({ token })('/readyz')).json()).toEqual({ status: 'ready' })
  })

  it('is not ready once Redis has not confirmed for too long, and names what may be old', async () => {
    const old = environmentOf(configOf('stage'), { confirmedMsAgo: () => 30_001 })
    const request = setUp({ environments: [environmentOf(configOf('prod')), old] })
    expect(await errorOf(await request('/readyz'))).toEqual([
      503,
      {
        error: {
          code: 'not-ready',
          message: 'Redis has not been reached for 30 s: settings may be old of stage.',
        },
      },
    ])
    const ages = await Promise.all(
      ['prod', 'stage'].map(async (name) => {
        const { headers } = await request(`/v1/environments/${name}/settings`)
        return ['age', 'vwo-hub-stale', 'last-modified'].map((header) => headers.get(header))
      }),
    )
    const publishedAt = 'Mon, 24 Nov 2025 16:00:00 GMT'
    expect(ages).toEqual([
      ['1', 'false', publishedAt],
      ['30', 'true', publishedAt],
    ])
  })

  it('is not ready while closing', async () => {
    expect(await errorOf(await setUp({ isClosing: true })('/readyz'))).toEqual([
      503,
      { error: { code: 'closing', message: 'This hub is closing.' } },
    ])
  })
})

describe('an environment', () => {
  it('is listed with what this hub holds in memory, and without its secrets', async () => {
    const response = await setUp()('/v1/environments')
    const body = await response.text()
    expect(JSON.parse(body)).toEqual({
      environments: [
        {
          name: 'prod',
          accountId: '123456',
          current: {
            ...published.meta,
            revision: 1_764_000_000_000,
            bytes: text.length,
            campaigns: 0,
            product: 'fullstack',
            protocol: 1,
          },
        },
      ],
    })
    expect(body).not.toMatch(/the-sdk-key|the-webhook-secret/)
  })

  it('is told as Redis has it', async () => {
    const response = await setUp()('/v1/environments/prod')
    expect(await response.json()).toMatchObject({ accountId: '123456', refresh: { requested: 3 }, hubs: [] })
  })

  it('has a history, with what is not known left out', async () => {
    const entry = {
      revision: 1_764_000_000_000,
      isCurrent: true,
      isListed: true,
      publishedAt: '2025-11-24T16:00:00.000Z',
      bytes: 47,
      product: 'fullstack',
      campaigns: 0,
      trigger: 'webhook',
      summary: 'first settings: 0 campaigns',
      contentOf: undefined,
      as: undefined,
      reason: undefined,
    }
    const environment = environmentOf(configOf('prod'), { history: async () => [entry] })
    const response = await setUp({ environments: [environment] })('/v1/environments/prod/revisions')
    const { contentOf: _contentOf, as: _as, reason: _reason, ...known } = entry
    expect(await response.json()).toEqual({ revisions: [known] })
  })

  it('tells what a revision changed, against the one before it or against another', async () => {
    const asked: unknown[] = []
    const answer = { environment: 'prod', from: 1, to: 2, isSame: true, summary: '', changes: [] }
    const environment = environmentOf(configOf('prod'), {
      diff: async (...names) => {
        asked.push(names)
        return answer
      },
    })
    const request = setUp({ environments: [environment] })
    const path = '/v1/environments/prod/revisions'
    expect(await (await request(`${path}/latest/diff`)).json()).toEqual(answer)
    await request(`${path}/1764000000000/diff?against=14:05`)
    expect(asked).toEqual([
      ['latest', undefined],
      ['1764000000000', '14:05'],
    ])
  })

  it('that nobody knows is answered with those that there are, and its name made harmless', async () => {
    expect(await errorOf(await setUp()('/v1/environments/%1B[31mx/settings'))).toEqual([
      404,
      { error: { code: 'not-found', message: 'There is no environment "\uFFFD[31mx". There is: prod.' } },
    ])
  })

  it('is asked to refresh, and answers with the ticket', async () => {
    const triggers: string[] = []
    const environment = environmentOf(configOf('prod'), {
      requestRefresh: async (trigger) => {
        triggers.push(trigger)
        return 7
      },
    })
    const response = await setUp({ environments: [environment] })('/v1/environments/prod/refresh', {
      method: 'POST',
    })
    expect([response.status, await response.json(), triggers]).toEqual([
      202,
      { environment: 'prod', ticket: 7 },
      ['manual'],
    ])
  })

  it('tells what came of a refresh where that is waited for', async () => {
    const refresh = (wait: string) =>
      setUp()(`/v1/environments/prod/refresh?wait=${wait}`, { method: 'POST' })
    const done = await refresh('5')
    expect([done.status, await done.json()]).toEqual([
      200,
      { environment: 'prod', outcome: 'unchanged', ticket: 7, revision: 5, message: 'Nothing new.' },
    ])
    expect((await refresh('99')).status).toBe(400)
  })

  it.each([
    ['GET', '/v1/environments/prod'],
    ['GET', '/v1/environments/prod/revisions'],
    ['POST', '/v1/environments/prod/refresh'],
  ])('says so when Redis does not answer: %s %s', async (method, path) => {
    const fail = async (): Promise<never> => {
      throw new Error('Connection is closed.')
    }
    const environment = environmentOf(configOf('prod'), { status: fail, history: fail, requestRefresh: fail })
    const response = await setUp({ environments: [environment] })(path, { method })
    expect(await errorOf(response)).toEqual([
      503,
      {
        error: {
          code: 'redis-unreachable',
          message:
            "Redis does not answer (Connection is closed). Settings are still served from this hub's memory.",
        },
      },
    ])
  })
})

describe('the settings of an environment', () => {
  it('are the text as it is stored, with its hash and its revision', async () => {
    const response = await setUp()('/v1/environments/prod/settings')
    expect(response.status).toBe(200)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      etag: `"${published.meta.sha256}"`,
      'cache-control': 'no-store',
      'vwo-hub-revision': '1764000000000',
    })
    expect(await response.text()).toBe(text)
  })

  it.each([
    ['the same tag', `"${published.meta.sha256}"`],
    ['a weak one', `W/"${published.meta.sha256}"`],
    ['one of several', `"other", "${published.meta.sha256}"`],
    ['any', '*'],
  ])('are not sent again to who has them: %s', async (_, ifNoneMatch) => {
    const response = await setUp()('/v1/environments/prod/settings', {
      headers: { 'If-None-Match': ifNoneMatch },
    })
    expect([response.status, await response.text()]).toEqual([304, ''])
  })

  it('are sent to who has others', async () => {
    const response = await setUp()('/v1/environments/prod/settings', {
      headers: { 'If-None-Match': '"other"' },
    })
    expect(response.status).toBe(200)
  })

  it('are not there before the first publication', async () => {
    const environment = environmentOf(configOf('prod'), { current: () => undefined })
    expect(
      await errorOf(await setUp({ environments: [environment] })('/v1/environments/prod/settings')),
    ).toEqual([503, { error: { code: 'not-ready', message: 'No settings yet for "prod".' } }])
  })
})

describe('for an unmodified SDK', () => {
  it.each(['/server-side/settings', '/server-side/pull'])('%s answers like VWO', async (path) => {
    const request = setUp({
      token,
      environments: [
        environmentOf(configOf('other', { sdkKey: 'another' })),
        environmentOf(configOf('prod')),
      ],
    })
    const query = `a=123456&i=${sdkKey}&r=0.5&platform=server&sdk=vwo-node-sdk&sdk-v=1.73.0`
    const response = await request(`${path}?${query}`)
    expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([
      200,
      'application/json; charset=utf-8',
      text,
    ])
  })

  it.each([
    ['another key', `a=123456&i=wrong`],
    ['another account', `a=1&i=${sdkKey}`],
    ['no key', 'a=123456'],
    ['nothing', ''],
    ['account and key joined otherwise', `a=12345&i=6${sdkKey}`],
  ])('refuses %s as VWO does', async (_, query) => {
    expect(await errorOf(await setUp()(`/server-side/settings?${query}`))).toEqual([
      400,
      { message: 'Invalid api key' },
    ])
  })

  it('has nothing to give before the first publication', async () => {
    const environment = environmentOf(configOf('prod'), { current: () => undefined })
    const response = await setUp({ environments: [environment] })(
      `/server-side/settings?a=123456&i=${sdkKey}`,
    )
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1'])
  })
})

describe('with a token', () => {
  it.each([
    ['none', {}],
    ['another one', { Authorization: 'Bearer other' }],
    ['its beginning', { Authorization: `Bearer ${token.slice(0, -1)}` }],
    ['no scheme', { Authorization: token }],
    ['an empty one', { Authorization: 'Bearer ' }],
  ])('refuses a caller with %s', async (_, headers) => {
    const response = await setUp({ token })('/v1/environments', { headers })
    expect(response.headers.get('www-authenticate')).toBe('Bearer')
    expect(await errorOf(response)).toEqual([
      401,
      { error: { code: 'unauthorized', message: 'Expected "Authorization: Bearer <HUB_ADMIN_TOKEN>".' } },
    ])
  })

  it('answers whoever has it, under any name of the host', async () => {
    const headers = { Authorization: `Bearer ${token}` }
    const response = await setUp({ token })('http://hub.internal:8081/v1/environments', { headers })
    expect(response.status).toBe(200)
  })

  it('leaves probes without one', async () => {
    const request = setUp({ token })
    expect([(await request('/healthz')).status, (await request('/readyz')).status]).toEqual([200, 200])
  })

  it('tells nobody without it what exists', async () => {
    expect((await setUp({ token })('/nothing')).status).toBe(401)
  })
})

describe('without a token', () => {
  it.each(['localhost:8081', '127.0.0.1:8081', '[::1]:8081'])('answers %s', async (host) => {
    expect((await setUp()(`http://${host}/v1/environments`)).status).toBe(200)
  })

  it.each(['attacker.example', '127.0.0.1.attacker.example', '10.0.0.1', 'localhost.attacker.example'])(
    'refuses the name %s, which a page may have made to resolve to this machine',
    async (host) => {
      expect(await errorOf(await setUp()(`http://${host}:8081/v1/environments`))).toEqual([
        403,
        {
          error: {
            code: 'forbidden',
            message: 'Without HUB_ADMIN_TOKEN this listener answers to localhost, 127.0.0.1 and [::1] only.',
          },
        },
      ])
    },
  )

  it.each(['https://attacker.example', 'null', 'http://localhost:9999'])(
    'refuses an act from a page of %s',
    async (origin) => {
      const init = { method: 'POST', headers: { Origin: origin } }
      const response = await setUp()('http://localhost:8081/v1/environments/prod/refresh', init)
      expect([response.status, (await errorOf(response))[1]]).toEqual([
        403,
        { error: { code: 'forbidden', message: 'A page of another site may not act here.' } },
      ])
    },
  )

  it('takes an act from its own page', async () => {
    const init = { method: 'POST', headers: { Origin: 'http://localhost:8081' } }
    expect((await setUp()('http://localhost:8081/v1/environments/prod/refresh', init)).status).toBe(202)
  })
})

describe('anything else', () => {
  it('is not found', async () => {
    expect(await errorOf(await setUp()('/nothing'))).toEqual([
      404,
      { error: { code: 'not-found', message: 'There is nothing at /nothing.' } },
    ])
  })

  it.each([
    ['DELETE', '/v1/environments/prod/settings', 'GET'],
    ['GET', '/v1/environments/prod/refresh', 'POST'],
    ['POST', '/server-side/settings', 'GET'],
  ])('is not possible: %s %s', async (method, path, allowed) => {
    const response = await setUp()(path, { method })
    expect(response.headers.get('allow')).toBe(allowed)
    expect(await errorOf(response)).toEqual([
      405,
      {
        error: {
          code: 'method-not-allowed',
          message: `${method} is not possible here. Expected ${allowed}.`,
        },
      },
    ])
  })

  it('that fails says so without telling why', async () => {
    const environment = environmentOf(configOf('prod'), {
      current: () => {
        throw new Error(`a fault with ${sdkKey} inside`)
      },
    })
    expect(
      await errorOf(await setUp({ environments: [environment] })('/v1/environments/prod/settings')),
    ).toEqual([500, { error: { code: 'internal', message: 'The hub failed to answer; its log says why.' } }])
  })
})
