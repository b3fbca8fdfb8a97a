import { Validator } from '@seriousme/openapi-schema-validator'
import { describe, expect, it } from 'vitest'
import { bearer, named, publishedOf, sdkKey, setUpApps } from '../support/apps-app.ts'
import { until } from '../support/until.ts'

const first = publishedOf('{"first":1.0}', 1_764_000_000_000)
const second = publishedOf('{"second":2}', 1_764_000_001_000)

describe('the listener for apps', () => {
  it('gives the settings to whoever has the sdkKey, with what can be known of them', async () => {
    const { ask } = setUpApps({ first })
    for (const response of [await ask(named), await ask(`${named}?i=${sdkKey}`, {})]) {
      expect(response.status).toBe(200)
      expect(await response.text()).toBe(String(first.text))
      expect(Object.fromEntries(response.headers)).toMatchObject({
        etag: `"${first.meta.sha256}"`,
        'vwo-hub-revision': String(first.revision),
        age: '0',
        'vwo-hub-stale': 'false',
        'vwo-hub-now': '1764000000500',
        'vwo-hub-identity': 'the-identity',
      })
    }
  })

  it('gives settings of FME to those alone that say they can read them', async () => {
    const { meta, ...rest } = publishedOf('{}', 7)
    const { ask } = setUpApps({ first: { ...rest, meta: { ...meta, product: 'fme' } } })
    const refused = await ask(named)
    expect(refused.status).toBe(409)
    expect(await refused.json()).toMatchObject({ error: { code: 'other-product' } })
    expect((await ask(`${named}?product=fullstack`)).status).toBe(409)
    const given = await ask(`${named}?product=fme`)
    expect(given.status).toBe(200)
    expect(given.headers.get('VWO-Hub-Product')).toBe('fme')
  })

  it('gives settings from before there were two products as FullStack', async () => {
    const { ask } = setUpApps({ first: publishedOf('{}', 7) })
    expect((await ask(named)).headers.get('VWO-Hub-Product')).toBe('fullstack')
    expect((await ask(`${named}?product=fme`)).status).toBe(409)
  })

  it('says that it is stale once Redis has not confirmed it for so long', async () => {
    const { ask, settings } = setUpApps({ first })
    settings.age(10_001)
    const { headers } = await ask(named)
    expect([headers.get('vwo-hub-stale'), headers.get('age')]).toEqual(['true', '10'])
  })

  it('has an app wait until there is something else than it has', async () => {
    const { ask, settings, app } = setUpApps({ first })
    for (const [query, headers] of [
      [`after=${first.revision}&waitMs=50000`, bearer],
      ['waitMs=50000', { ...bearer, 'If-None-Match': `W/"${first.meta.sha256}"` }],
    ] as const) {
      settings.publish(first)
      const answered = ask(`${named}?${query}`, headers)
      await until(
        () => app.counts.get('prod')?.waiting,
        (count) => count === 1 && settings.listeners.size === 1,
      )
      settings.publish(second)
      expect(await (await answered).text()).toBe(String(second.text))
    }
    expect(settings.listeners.size).toBe(0)
    expect(app.counts.get('prod')).toMatchObject({ served: 2, waiting: 0 })
  })

  it('says at the end of the time that there is nothing else, and at once where nothing is waited for', async () => {
    const { ask } = setUpApps({ first })
    for (const query of [`after=${first.revision}&waitMs=20`, `after=${first.revision + 5}`]) {
      const response = await ask(`${named}?${query}`)
      expect([response.status, response.headers.get('vwo-hub-revision')]).toEqual([
        304,
        String(first.revision),
      ])
    }
  })

  it('has an app wait for the first settings, too', async () => {
    const { ask, settings } = setUpApps()
    const missing = await ask(named)
    expect([missing.status, missing.headers.get('retry-after')]).toEqual([503, '1'])
    const answered = ask(`${named}?waitMs=50000`)
    await until(
      () => settings.listeners.size,
      (size) => size === 1,
    )
    settings.publish(first)
    expect((await answered).status).toBe(200)
  })

  it('answers whoever waits when it closes, and lets nobody wait any more', async () => {
    const { ask, settings, app } = setUpApps({ first })
    const wish = `${named}?after=${first.revision}&waitMs=50000`
    const answered = ask(wish)
    await until(
      () => settings.listeners.size,
      (size) => size === 1,
    )
    app.endWaiting()
    expect((await answered).status).toBe(304)
    expect((await ask(wish)).status).toBe(304)
  })

  it.each(['after=-1', 'after=x', 'waitMs=55001', 'waitMs=1e3'])('refuses %s', async (query) => {
    const { ask } = setUpApps({ first })
    const response = await ask(`${named}?${query}`)
    expect(response.status).toBe(400)
    expect(await response.text()).toContain(`${query.split('=')[0]}: expected`)
  })

  it('[invariant 8] gives nothing for a wrong key or name, slows down who guesses, and logs no key', async () => {
    const { ask, lines } = setUpApps({ first })
    const wrong = ['Bearer wrong', 'Bearer ', ''].map((Authorization) => ask(named, { Authorization }))
    const responses = [
      ...(await Promise.all(wrong)),
      await ask('/v1/environments/other/settings'),
      await ask('/v1/environments/other/settings', {}),
    ]
    expect(responses.map(({ status }) => status)).toEqual(Array(5).fill(401))
    expect(new Set(await Promise.all(responses.map((each) => each.text()))).size).toBe(1)
    for (let guess = 0; guess < 60; guess += 1) await ask('/server-side/settings?a=123456&i=guess', {})
    const tooMany = await ask(named, {})
    expect([tooMany.status, Number(tooMany.headers.get('retry-after'))]).toEqual([429, expect.any(Number)])
    expect((await ask(named)).status).toBe(200)
    expect(lines.join('')).toContain('apps refused')
    expect(lines.join('')).not.toMatch(/the-sdk-key|guess/)
  })

  it('has nothing of what operators see and do', async () => {
    const { ask } = setUpApps({ first })
    for (const path of ['/', '/login', '/metrics', '/v1/environments', '/v1/environments/prod'])
      expect((await ask(path)).status).toBe(404)
    expect((await ask('/readyz', {})).status).toBe(200)
  })

  it('is described as OpenAPI', async () => {
    const { ask } = setUpApps({ first })
    const description = (await (await ask('/openapi.json', {})).json()) as { paths: object }
    expect((await new Validator().validate(description)).valid).toBe(true)
    expect(Object.keys(description.paths)).toContain('/v1/environments/{environment}/settings')
  })
})

describe('a request in VWO’s own form', () => {
  const asSdk = (sdk: string) => `/server-side/settings?a=123456&i=${sdkKey}&sdk=${sdk}`

  it('may wait, too', async () => {
    const { ask, settings } = setUpApps({ first })
    const answered = ask(`${asSdk('any')}&after=${first.revision}&waitMs=50000`, {})
    await until(
      () => settings.listeners.size,
      (size) => size === 1,
    )
    settings.publish(second)
    expect(await (await answered).text()).toBe(String(second.text))
  })

  it('gets the environment whose sdk it names, where several have the account and key', async () => {
    const { ask } = setUpApps({ first, others: { 'prod-php': { sdk: 'vwo-php-sdk', text: '{"php":1.0}' } } })
    expect(await (await ask(asSdk('vwo-node-sdk'), {})).text()).toBe(String(first.text))
    expect(await (await ask(asSdk('vwo-php-sdk'), {})).text()).toBe('{"php":1.0}')
  })

  it('is refused with the names to choose from, where its sdk does not say which', async () => {
    const { ask } = setUpApps({ first, others: { 'prod-php': { sdk: 'vwo-php-sdk', text: '{}' } } })
    const response = await ask(asSdk('vwo-java-sdk'), {})
    expect(response.status).toBe(400)
    expect(await response.json()).toEqual({
      message:
        'Several environments have this account and key: prod (sdk=vwo-node-sdk), prod-php (sdk=vwo-php-sdk). Expected an sdk in the query that one of them has alone.',
    })
  })
})
