import { describe, expect, it } from 'vitest'
import { configOf, environmentOf, errorOf, setUpAdmin, token } from '../support/admin-app.ts'

describe('health', () => {
  it('is the process alone', async () => {
    const request = setUpAdmin({ isClosing: true })
    expect((await request('/healthz')).status).toBe(200)
  })

  it('is ready when every environment has settings', async () => {
    const response = await setUpAdmin()('/readyz')
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
      await setUpAdmin({ environments })('/readyz'),
      await setUpAdmin({ environments, token })('/readyz', { headers }),
      await setUpAdmin({ environments, token })('/readyz'),
      await setUpAdmin({ environments, token })('/readyz', {
        headers: { Authorization: `Bearer ${token}x` },
      }),
    ]
    expect(await Promise.all(answers.map(errorOf))).toEqual(
      [named, named, counted, counted].map((message) => [503, { error: { code: 'not-ready', message } }]),
    )
    expect(await (await setUpAdmin({ token })('/readyz')).json()).toEqual({ status: 'ready' })
  })

  it('is not ready once Redis has not confirmed for too long, and names what may be old', async () => {
    const old = environmentOf(configOf('stage'), { confirmedMsAgo: () => 30_001 })
    const request = setUpAdmin({ environments: [environmentOf(configOf('prod')), old] })
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
    expect(await errorOf(await setUpAdmin({ isClosing: true })('/readyz'))).toEqual([
      503,
      { error: { code: 'closing', message: 'This hub is closing.' } },
    ])
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
    const response = await setUpAdmin({ token })('/v1/environments', { headers })
    expect(response.headers.get('www-authenticate')).toBe('Bearer')
    expect(await errorOf(response)).toEqual([
      401,
      { error: { code: 'unauthorized', message: 'Expected "Authorization: Bearer <HUB_ADMIN_TOKEN>".' } },
    ])
  })

  it('answers whoever has it, under any name of the host', async () => {
    const headers = { Authorization: `Bearer ${token}` }
    const response = await setUpAdmin({ token })('http://hub.internal:8081/v1/environments', { headers })
    expect(response.status).toBe(200)
  })

  it('leaves probes without one', async () => {
    const request = setUpAdmin({ token })
    expect([(await request('/healthz')).status, (await request('/readyz')).status]).toEqual([200, 200])
  })

  it('tells nobody without it what exists', async () => {
    expect((await setUpAdmin({ token })('/nothing')).status).toBe(401)
  })
})

describe('without a token', () => {
  it.each(['localhost:8081', '127.0.0.1:8081', '[::1]:8081'])('answers %s', async (host) => {
    expect((await setUpAdmin()(`http://${host}/v1/environments`)).status).toBe(200)
  })

  it.each(['attacker.example', '127.0.0.1.attacker.example', '10.0.0.1', 'localhost.attacker.example'])(
    'refuses the name %s, which a page may have made to resolve to this machine',
    async (host) => {
      expect(await errorOf(await setUpAdmin()(`http://${host}:8081/v1/environments`))).toEqual([
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
      const response = await setUpAdmin()('http://localhost:8081/v1/environments/prod/refresh', init)
      expect([response.status, (await errorOf(response))[1]]).toEqual([
        403,
        { error: { code: 'forbidden', message: 'A page of another site may not act here.' } },
      ])
    },
  )

  it('takes an act from its own page', async () => {
    const init = { method: 'POST', headers: { Origin: 'http://localhost:8081' } }
    expect((await setUpAdmin()('http://localhost:8081/v1/environments/prod/refresh', init)).status).toBe(202)
  })
})
