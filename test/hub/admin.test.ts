import { describe, expect, it } from 'vitest'
import {
  configOf,
  environmentOf,
  errorOf,
  published,
  sdkKey,
  setUpAdmin,
  text,
  token,
} from '../support/admin-app.ts'

describe('an environment', () => {
  it('is listed with what this hub holds in memory, and without its secrets', async () => {
    const response = await setUpAdmin()('/v1/environments')
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
    const response = await setUpAdmin()('/v1/environments/prod')
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
      spread: undefined,
    }
    const environment = environmentOf(configOf('prod'), { history: async () => [entry] })
    const response = await setUpAdmin({ environments: [environment] })('/v1/environments/prod/revisions')
    const { contentOf: _contentOf, as: _as, reason: _reason, spread: _spread, ...known } = entry
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
    const request = setUpAdmin({ environments: [environment] })
    const path = '/v1/environments/prod/revisions'
    expect(await (await request(`${path}/latest/diff`)).json()).toEqual(answer)
    await request(`${path}/1764000000000/diff?against=14:05`)
    expect(asked).toEqual([
      ['latest', undefined],
      ['1764000000000', '14:05'],
    ])
  })

  it('that nobody knows is answered with those that there are, and its name made harmless', async () => {
    expect(await errorOf(await setUpAdmin()('/v1/environments/%1B[31mx/settings'))).toEqual([
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
    const response = await setUpAdmin({ environments: [environment] })('/v1/environments/prod/refresh', {
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
      setUpAdmin()(`/v1/environments/prod/refresh?wait=${wait}`, { method: 'POST' })
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
    const response = await setUpAdmin({ environments: [environment] })(path, { method })
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
    const response = await setUpAdmin()('/v1/environments/prod/settings')
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
    const response = await setUpAdmin()('/v1/environments/prod/settings', {
      headers: { 'If-None-Match': ifNoneMatch },
    })
    expect([response.status, await response.text()]).toEqual([304, ''])
  })

  it('are sent to who has others', async () => {
    const response = await setUpAdmin()('/v1/environments/prod/settings', {
      headers: { 'If-None-Match': '"other"' },
    })
    expect(response.status).toBe(200)
  })

  it('are not there before the first publication', async () => {
    const environment = environmentOf(configOf('prod'), { current: () => undefined })
    expect(
      await errorOf(await setUpAdmin({ environments: [environment] })('/v1/environments/prod/settings')),
    ).toEqual([503, { error: { code: 'not-ready', message: 'No settings yet for "prod".' } }])
  })
})

describe('for an unmodified SDK', () => {
  it.each(['/server-side/settings', '/server-side/pull'])('%s answers like VWO', async (path) => {
    const request = setUpAdmin({
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
    expect(await errorOf(await setUpAdmin()(`/server-side/settings?${query}`))).toEqual([
      400,
      { message: 'Invalid api key' },
    ])
  })

  it('has nothing to give before the first publication', async () => {
    const environment = environmentOf(configOf('prod'), { current: () => undefined })
    const response = await setUpAdmin({ environments: [environment] })(
      `/server-side/settings?a=123456&i=${sdkKey}`,
    )
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1'])
  })
})

describe('anything else', () => {
  it('is not found', async () => {
    expect(await errorOf(await setUpAdmin()('/nothing'))).toEqual([
      404,
      { error: { code: 'not-found', message: 'There is nothing at /nothing.' } },
    ])
  })

  it.each([
    ['DELETE', '/v1/environments/prod/settings', 'GET'],
    ['GET', '/v1/environments/prod/refresh', 'POST'],
    ['POST', '/server-side/settings', 'GET'],
  ])('is not possible: %s %s', async (method, path, allowed) => {
    const response = await setUpAdmin()(path, { method })
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
      await errorOf(await setUpAdmin({ environments: [environment] })('/v1/environments/prod/settings')),
    ).toEqual([500, { error: { code: 'internal', message: 'The hub failed to answer; its log says why.' } }])
  })
})
