import { startRedisServer } from '@vwo-hub/sandbox'
import { Hono } from 'hono'
import { request as requestRaw } from 'undici'
import { describe, expect, it } from 'vitest'
import { createSessions } from '../../packages/hub/dist/http/access/session.js'
import { createSilentHub } from '../support/hub-config.ts'
import { type Hubs, running, startHubs } from '../support/hubs.ts'
import { abTest, settingsFile, variation } from '../support/settings-file.ts'
import { until } from '../support/until.ts'
import { redisForFile } from '../support/redis-for-file.ts'

const token = 'the-admin-token'
const { server, cleanUps } = await redisForFile()

async function setUp(
  options: Partial<Parameters<typeof startHubs>[0]> & { token?: string | undefined } = {},
) {
  const { token: _token, ...rest } = options
  const hubs = await startHubs({
    url: server.url,
    ...rest,
    config: { adminToken: 'token' in options ? options.token : token, ...rest.config },
  })
  cleanUps.push(hubs.close)
  return { hubs, browser: browserOf(hubs), page: `/environments/${hubs.environment}` }
}

/** Where a redirect leads to, as a browser reads it. */
function leadsTo(response: Response): string {
  const { origin, pathname, search } = new URL(response.headers.get('location') ?? '', response.url)
  return new URL(response.url).origin === origin ? pathname + search : origin
}

/** What a browser does with cookies, redirects and forms, and what it says about where it is. */
function browserOf(hubs: Hubs) {
  const { adminUrl } = hubs.first
  const cookies = new Map<string, string>()
  const own = { Origin: adminUrl, 'Sec-Fetch-Site': 'same-origin' }

  async function request(
    path: string,
    init: Omit<RequestInit, 'headers'> & { headers?: Record<string, string> } = {},
  ) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(`${adminUrl}${path}`, {
      redirect: 'manual',
      ...init,
      headers: { ...(cookie && { Cookie: cookie }), ...init.headers },
    })
    for (const header of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(header) ?? []
      if (header.includes('Max-Age=0')) cookies.delete(name)
      else cookies.set(name, value)
    }
    return response
  }
  const post = (path: string, form: Record<string, string>, headers: Record<string, string> = own) =>
    request(path, { method: 'POST', headers, body: new URLSearchParams(form) })
  return {
    cookies,
    request,
    post,
    read: async (path: string) => await (await request(path)).text(),
    logIn: () => post('/login', { token }),
    /** The proof that the forms of a page carry. */
    csrf: async (path: string) =>
      /name="csrf" value="([^"]+)"/.exec(await (await request(path)).text())?.[1] ?? '',
  }
}

describe('signing in', () => {
  it('is asked for before a page, and leads back to it', async () => {
    const { browser, page } = await setUp()
    const asked = await browser.request(page)
    const login = leadsTo(asked)
    expect([asked.status, login]).toEqual([303, `/login?next=${encodeURIComponent(page)}`])
    const next = /name="next" value="([^"]+)"/.exec(await browser.read(login))?.[1] ?? ''
    const done = await browser.post('/login', { token, next })
    expect([done.status, leadsTo(done)]).toEqual([303, page])
    expect((await browser.request(page)).status).toBe(200)
  })

  it.each(['', 'wrong', token.slice(0, -1), `${token}x`])('is refused with the token "%s"', async (wrong) => {
    const { browser, page } = await setUp()
    const refused = await browser.post('/login', { token: wrong })
    expect([refused.status, refused.headers.getSetCookie()]).toEqual([401, []])
    expect(await refused.text()).toContain('This is not the token')
    expect((await browser.request(page)).status).toBe(303)
  })

  it('gives a cookie that no script reads, no other site sends, and that does not hold the token', async () => {
    const { hubs } = await setUp()
    const cookieOf = async (headers: Record<string, string>) => {
      const response = await browserOf(hubs).post('/login', { token }, headers)
      return response.headers.get('set-cookie') ?? ''
    }
    const cookie = await cookieOf({})
    expect(cookie).toMatch(/^vwo-hub-session-\d+=[^;]+; Path=\/; HttpOnly; SameSite=Strict$/)
    expect(decodeURIComponent(cookie)).not.toContain(token)
    expect(await cookieOf({ 'X-Forwarded-Proto': 'https' })).toMatch(/; Secure/)
  })

  it.each(['//attacker.example', 'https://attacker.example/', '/\\attacker.example', '/v1/environments', ''])(
    'never leads to %s',
    async (next) => {
      const { browser } = await setUp()
      expect(leadsTo(await browser.post('/login', { token, next }))).toBe('/')
    },
  )

  it('ends when it is asked to, by its own form alone', async () => {
    const { browser, page } = await setUp()
    await browser.logIn()
    await browser.post('/logout', { csrf: 'forged' })
    expect((await browser.request(page)).status).toBe(200)
    await browser.post('/logout', { csrf: await browser.csrf(page) })
    expect((await browser.request(page)).status).toBe(303)
  })

  // Sooner than it is looked up at other hubs.
  it('ends what it listens to as well', { timeout: 10_000 }, async () => {
    const { hubs, browser, page } = await setUp()
    await browser.logIn()
    const events = await browser.request(`/v1/environments/${hubs.environment}/events`)
    expect(events.status).toBe(200)
    await browser.post('/logout', { csrf: await browser.csrf(page) })
    // Only a stream that has ended has a whole text.
    expect(await events.text()).toContain('event: status')
  })

  it('ends for whoever has a copy of its cookie, at every hub', async () => {
    const { hubs, browser, page } = await setUp({ hubs: 2 })
    await browser.logIn()
    const [value = ''] = browser.cookies.values()
    const withCopy = async () =>
      await Promise.all(
        hubs.hubs.map(async ({ adminUrl }) => {
          const headers = { Cookie: `vwo-hub-session-${new URL(adminUrl).port}=${value}` }
          return (await fetch(`${adminUrl}${page}`, { headers, redirect: 'manual' })).status
        }),
      )
    expect(await withCopy()).toEqual([200, 200])
    await browser.post('/logout', { csrf: await browser.csrf(page) })
    expect(await withCopy()).toEqual([303, 303])
    expect(browser.cookies.size).toBe(0)
    // Until it would have ended by itself, and under a name that is no cookie's.
    const [id = ''] = decodeURIComponent(value).split('.')
    const keys = await hubs.redis.keys('*ended-session*')
    const lifetimes = await Promise.all(keys.map((key) => hubs.redis.pttl(key)))
    expect(lifetimes.length).toBeGreaterThan(0)
    for (const left of lifetimes) expect([left > 0, left <= 12 * 3_600_000]).toEqual([true, true])
    expect(keys.join()).not.toContain(id)
  })

  it('is not asked for without a token', async () => {
    const { browser, page } = await setUp({ token: undefined })
    expect((await browser.request(page)).status).toBe(200)
    expect(leadsTo(await browser.request('/login'))).toBe('/')
  })

  it('holds although a link of another site leads here: the page is asked for once more', async () => {
    const { browser, page } = await setUp()
    const response = await browser.request(page, { headers: { 'Sec-Fetch-Site': 'cross-site' } })
    expect(await response.text()).toContain(`<meta http-equiv="refresh" content="0; url=..${page}" />`)
  })
})

describe('without a token, another site', () => {
  const elsewhere = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'image' }

  it.each(['cross-site', 'same-site'])('has nothing loaded from here: %s', async (site) => {
    const { hubs, browser, page } = await setUp({ token: undefined })
    const api = `/v1/environments/${hubs.environment}`
    for (const path of ['/', page, '/metrics', '/healthz', api, `${api}/revisions/latest/moves`]) {
      const { status } = await browser.request(path, { headers: { ...elsewhere, 'Sec-Fetch-Site': site } })
      expect([path, status]).toEqual([path, 403])
    }
  })

  it('may link to a page, which asks for itself once more', async () => {
    const { hubs, page } = await setUp({ token: undefined })
    // Not by `fetch`, which says itself what it is for.
    const follow = async (path: string) => {
      const headers = { ...elsewhere, 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' }
      const { statusCode, body } = await requestRaw(`${hubs.first.adminUrl}${path}`, { headers })
      return { statusCode, text: await body.text() }
    }
    expect((await follow(`${page}?moves=1`)).text).toContain(
      `<meta http-equiv="refresh" content="0; url=..${page}" />`,
    )
    expect((await follow('/metrics')).statusCode).toBe(403)
  })
})

describe('a session', () => {
  it('reads the API, and acts through forms only', async () => {
    const { hubs, browser } = await setUp()
    await browser.logIn()
    const api = `/v1/environments/${hubs.environment}`
    expect((await browser.request(api)).status).toBe(200)
    for (const act of ['refresh', 'rollback', 'pin', 'unpin', 'release']) {
      expect((await browser.request(`${api}/${act}`, { method: 'POST' })).status).toBe(401)
    }
    expect(await hubs.whats()).toEqual(['publish'])
  })

  it.each([
    ['changed', (value: string) => value.replace(/^./, (first) => (first === '0' ? '1' : '0'))],
    ['unsigned', (value: string) => value.split('.').slice(0, 2).join('.')],
    ['empty', () => ''],
  ])('does not come from a cookie that is %s', async (_, forge) => {
    const { browser, page } = await setUp()
    await browser.logIn()
    for (const [name, value] of browser.cookies) browser.cookies.set(name, forge(value))
    expect((await browser.request(page)).status).toBe(303)
  })

  it('is known to every hub with the token, and to none with another one', async () => {
    const { hubs, browser, page } = await setUp()
    await browser.logIn()
    const find = async (sessions: ReturnType<typeof createSessions>) => {
      const app = new Hono().get('*', async (context) =>
        context.json((await sessions.find(context)) !== undefined),
      )
      const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ')
      return await (await app.request(`${hubs.first.adminUrl}${page}`, { headers: { cookie } })).json()
    }
    expect([
      await find(createSessions(() => token)),
      await find(createSessions(() => 'another')),
      await find(createSessions(() => undefined)),
    ]).toEqual([true, false, false])
  })

  /** One that has begun, and whether it is known. */
  async function begun(sessions: ReturnType<typeof createSessions>) {
    const app = new Hono()
      .post('*', async (context) => {
        await sessions.begin(context)
        return context.body(null)
      })
      .get('*', async (context) => context.json((await sessions.find(context)) !== undefined))
      .delete('*', async (context) => {
        await sessions.end(context)
        return context.body(null)
      })
    const response = await app.request('http://localhost/', { method: 'POST' })
    const headers = { cookie: response.headers.get('set-cookie')?.split(';')[0] ?? '' }
    const isKnown = async () => await (await app.request('http://localhost/', { headers })).json()
    const end = async () => await app.request('http://localhost/', { method: 'DELETE', headers })
    return { isKnown, end }
  }

  it('ends where it is ended, though Redis is away', async () => {
    const away = async () => {
      throw new Error('Connection is closed.')
    }
    const { isKnown, end } = await begun(createSessions(() => token, { add: away, has: away }))
    expect(await isKnown()).toBe(true)
    await end()
    expect(await isKnown()).toBe(false)
  })

  it('[invariant 9] is remembered as ended, while those that ended after it are not too many', async () => {
    const sessions = createSessions(() => token, undefined, undefined, 1)
    const [first, second] = [await begun(sessions), await begun(sessions)]
    await first.end()
    expect(await first.isKnown()).toBe(false)
    await second.end()
    expect([await first.isKnown(), await second.isKnown()]).toEqual([true, false])
  })

  it('is over after twelve hours', async () => {
    const { isKnown } = await begun(createSessions(() => token))
    expect(await isKnown()).toBe(true)
    const { now } = Date
    try {
      Date.now = () => now() + 12 * 3_600_000
      expect(await isKnown()).toBe(false)
    } finally {
      Date.now = now
    }
  })
})

describe('a form', () => {
  const acts = ['refresh', 'rollback', 'stop', 'pin', 'unpin', 'release']
  const filledIn = { forMs: '60000', as: 'eve', to: '1', from: '1', pinForMs: '0', sha256: 'a'.repeat(64) }

  it.each(acts)('does nothing without the proof of its session: %s', async (act) => {
    const { hubs, browser, page } = await setUp()
    await browser.logIn()
    const other = browserOf(hubs)
    await other.logIn()
    for (const csrf of ['', 'forged', await other.csrf(page)]) {
      expect((await browser.post(`${page}/${act}`, { ...filledIn, csrf })).status).toBe(403)
    }
    expect(await hubs.whats()).toEqual(['publish'])
  })

  it.each([
    ['its origin', { Origin: 'https://attacker.example' }],
    ['an origin that hides itself', { Origin: 'null' }],
    ['what the browser says', { 'Sec-Fetch-Site': 'cross-site' }],
    ['what the browser says of a neighbour', { 'Sec-Fetch-Site': 'same-site' }],
  ])('of another site does nothing, by %s, though it had cookie and proof', async (_, headers) => {
    const { hubs, browser, page } = await setUp()
    await browser.logIn()
    const csrf = await browser.csrf(page)
    for (const act of acts) {
      expect((await browser.post(`${page}/${act}`, { ...filledIn, csrf }, headers)).status).toBe(403)
    }
    expect(await hubs.whats()).toEqual(['publish'])
  })

  it('says who and why in the audit, and remembers who', async () => {
    const { hubs, browser, page } = await setUp()
    await browser.logIn()
    const csrf = await browser.csrf(page)
    const done = await browser.post(`${page}/pin`, { csrf, forMs: '60000', as: 'Änne', reason: 'a look' })
    expect(done.status).toBe(303)
    expect((await hubs.audit()).at(-1)).toMatchObject({ what: 'pin', as: 'Änne', reason: 'a look' })
    expect(await browser.read(`${page}/unpin`)).toContain('value="Änne"')
    expect(await browser.read(leadsTo(done))).toMatch(/class="notice"[^>]*>Pinned until /)
  })

  it.each([
    ['pin', { forMs: 'soon' }],
    ['pin', { forMs: '1' }],
    ['rollback', { to: 'x', from: '1', pinForMs: '0' }],
    ['release', { sha256: 'x' }],
  ])('that is not as it has to be changes nothing: %s %o', async (act, form) => {
    const { hubs, browser, page } = await setUp()
    await browser.logIn()
    const refused = await browser.post(`${page}/${act}`, { ...form, csrf: await browser.csrf(page) })
    expect([refused.status, await hubs.whats()]).toEqual([400, ['publish']])
  })

  it('that is too large is not read', async () => {
    const { browser } = await setUp()
    expect((await browser.post('/login', { token: 'x'.repeat(20_000) })).status).toBe(413)
  })

  it('rolls nothing back when another revision is live than the one it showed', async () => {
    const { hubs, browser, page } = await setUp({ settings: running(['a'], 10) })
    const [first = 0] = await revisionsOf(hubs)
    await hubs.vwo.set(running(['a'], 20))
    await until(hubs.whats, (whats) => whats.length === 2)
    await browser.logIn()
    const asked = await browser.read(`${page}/rollback`)
    const from = /name="from" value="(\d+)"/.exec(asked)?.[1] ?? ''
    const csrf = await browser.csrf(page)
    await hubs.vwo.set(running(['a'], 30))
    await until(hubs.whats, (whats) => whats.length === 3)
    const form = { csrf, to: String(first), from, pinForMs: '0', as: 'ann' }
    const refused = await browser.post(`${page}/rollback`, form)
    expect([refused.status, await hubs.whats('rollback')]).toEqual([409, []])
    expect(await refused.text()).toContain('has been published meanwhile')
  })
})

async function revisionsOf(hubs: Hubs): Promise<number[]> {
  return (await hubs.redis.zrevrange(hubs.keys.revisions, 0, -1)).map(Number)
}

describe('a page', () => {
  const hostile = `"'><img src=x onerror=alert(1)></bdi></script><script>alert(2)</script>\u202Eevil\u0007`

  it('shows what is hostile as text, wherever it comes from', async () => {
    const file = (traffic: number) =>
      settingsFile({
        accountId: 123_456,
        sdkKey: 'the-sdk-key',
        campaigns: [
          abTest(hostile, {
            percentTraffic: traffic,
            variations: [variation(1, hostile, 100 - traffic), variation(2, 'b', traffic)],
          }),
        ],
      })
    const { hubs, browser, page } = await setUp({ settings: file(10) })
    await hubs.vwo.set(file(20))
    await until(hubs.whats, (whats) => whats.length === 2)
    await browser.logIn()
    const csrf = await browser.csrf(page)
    await browser.post(`${page}/pin`, { csrf, forMs: '60000', as: hostile.slice(0, 80), reason: hostile })
    await hubs.vwo.set(file(30))
    await until(hubs.meta, ({ waiting }) => waiting !== undefined)
    await hubs.redis.zadd(hubs.keys.nodes, Date.now(), hostile)
    await hubs.redis.hset(hubs.keys.node(hostile), { revision: 1, state: hostile, host: hostile })

    const [latest = 0] = await revisionsOf(hubs)
    const unit = `${page}/unit?${new URLSearchParams({ key: hostile }).toString()}`
    for (const path of [page, unit, `${page}/rollback`, `${page}/unpin`, `${page}/revisions/${latest}`]) {
      const text = await browser.read(path)
      expect(text).not.toMatch(/<img|<script>|alert\(2\)<|onerror=alert\(1\)>/)
      expect(text).not.toMatch(/\p{Bidi_Control}/u)
      expect(text).not.toContain('\u0007')
    }
    expect(await browser.read(page)).toContain('&lt;script&gt;alert(2)&lt;/script&gt;')
  })

  it('of what is not there shows its name as text', async () => {
    const { browser } = await setUp()
    await browser.logIn()
    const response = await browser.request(`/environments/${encodeURIComponent(hostile)}`)
    expect(response.status).toBe(404)
    expect(await response.text()).not.toMatch(/<img|<script>/)
  })

  it('shows no notice but those of this hub', async () => {
    const { browser, page } = await setUp()
    await browser.logIn()
    expect(await browser.read(`${page}?notice=Call+0190&proof=forged`)).not.toContain('Call 0190')
  })

  it('[invariant 8] holds no secret', async () => {
    const { browser, page } = await setUp()
    await browser.logIn()
    for (const path of [page, `${page}/pin`, '/login', '/nothing', '/openapi.json']) {
      expect(await browser.read(path)).not.toMatch(/the-sdk-key|the-webhook-secret|the-admin-token/)
    }
  })

  it.each(['/', '/login', '/nothing', '/v1/environments', '/healthz', '/assets/dashboard.js'])(
    'lets browsers load nothing from elsewhere, run nothing that is written in it, and frame it nowhere: %s',
    async (path) => {
      const { browser } = await setUp()
      await browser.logIn()
      const { headers } = await browser.request(path)
      const policy = headers.get('content-security-policy') ?? ''
      expect(policy.split('; ').toSorted()).toEqual([
        "base-uri 'none'",
        "connect-src 'self'",
        "default-src 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "img-src 'self'",
        "require-trusted-types-for 'script'",
        "script-src 'self'",
        "style-src 'self'",
        "trusted-types 'none'",
      ])
      expect(Object.fromEntries(headers)).toMatchObject({
        'x-frame-options': 'DENY',
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'same-origin',
        'cache-control': path.startsWith('/assets') ? 'no-cache' : 'no-store',
      })
    },
  )

  it('still tells what is live when Redis is gone, and that it is gone', async () => {
    const redis = await startRedisServer()
    cleanUps.push(redis.close)
    const { hubs, browser, page } = await setUp({ url: redis.url })
    await browser.logIn()
    const [latest = 0] = await revisionsOf(hubs)
    hubs.redis.disconnect()
    await redis.close()
    const text = await until(
      () => browser.read(page),
      (seen) => seen.includes('Redis away'),
    )
    expect(text).toContain(`id="revision">${latest}<`)
    expect(text).toContain('What this hub has in its memory is shown; nothing else is known.')
    expect(text).not.toContain('Connection is closed')
    expect((await browser.request(`${page}/rollback`)).status).toBe(503)
  })

  it('is an overview where there are several environments', async () => {
    const { hubs } = await setUp()
    const config = { ...hubs.config, adminToken: undefined }
    const [first] = config.environments
    if (first === undefined) throw new Error('expected an environment')
    const hub = createSilentHub({
      ...config,
      environments: [first, { ...first, name: `${first.name}-empty`, baseUrl: 'http://127.0.0.1:9' }],
    })
    cleanUps.push(hub.close)
    const { adminUrl } = await hub.start()
    const text = await until(
      async () => await (await fetch(adminUrl)).text(),
      (seen) => seen.includes('Published') || seen.includes('Everywhere'),
    )
    expect(text).toContain(`href="./environments/${first.name}"`)
    expect(text).toContain(`To look at: ${first.name}-empty (nothing published).`)
  })
})
