import { Hono } from 'hono'
import { request as requestRaw } from 'undici'
import { describe, expect, it } from 'vitest'
import { createSessions } from '../../packages/hub/dist/http/access/session.js'
import { redisForFile } from '../support/redis-for-file.ts'
import { browserOf, leadsTo, token, visitHubs, type VisitOptions } from '../support/browser-by-hand.ts'

const shared = await redisForFile()
const setUp = async (options: VisitOptions = {}) => await visitHubs(shared, options)

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

  it.each(['/unit?key=new+search%26more', '/rollback?to=12', '/revisions/held', '/revisions/1?against=2'])(
    'leads back to what was asked for: %s',
    async (path) => {
      const { browser, page } = await setUp()
      const login = leadsTo(await browser.request(page + path))
      const next = /name="next" value="([^"]+)"/.exec(await browser.read(login))?.[1] ?? ''
      expect(next).toBe(page + path)
      const done = await browser.post('/login', { token, next })
      expect(leadsTo(done)).toBe(page + path)
    },
  )

  it('is refused with anything but the token', async () => {
    const { browser, page } = await setUp()
    for (const wrong of ['', 'wrong', token.slice(0, -1), `${token}x`]) {
      const refused = await browser.post('/login', { token: wrong })
      expect([wrong, refused.status, refused.headers.getSetCookie()]).toEqual([wrong, 401, []])
      expect(await refused.text()).toContain('This is not the token')
    }
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

  it('never leads elsewhere, nor to what is no page', async () => {
    const { browser } = await setUp()
    const elsewhere = ['//attacker.example', 'https://attacker.example/', '/\\attacker.example']
    for (const next of [...elsewhere, '/v1/environments', '', '/?a b', '/\r\nX: y', '/environments/../v1'])
      expect([next, leadsTo(await browser.post('/login', { token, next }))]).toEqual([next, '/'])
  })

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
    const link = `${page}/rollback?to=12`
    const response = await browser.request(link, { headers: { 'Sec-Fetch-Site': 'cross-site' } })
    expect(await response.text()).toContain(`<meta http-equiv="refresh" content="0; url=../..${link}" />`)
  })
})

describe('without a token, another site', () => {
  const elsewhere = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'image' }

  it('has nothing loaded from here', async () => {
    const { hubs, browser, page } = await setUp({ token: undefined })
    const api = `/v1/environments/${hubs.environment}`
    for (const site of ['cross-site', 'same-site'])
      for (const path of ['/', page, '/metrics', '/healthz', api, `${api}/revisions/latest/moves`]) {
        const { status } = await browser.request(path, { headers: { ...elsewhere, 'Sec-Fetch-Site': site } })
        expect([site, path, status]).toEqual([site, path, 403])
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
    // Without what would make work.
    expect((await follow(`${page}?moves=1&q=checkout`)).text).toContain(
      `<meta http-equiv="refresh" content="0; url=..${page}?q=checkout" />`,
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

  it('does not come from a cookie that is changed, unsigned or empty', async () => {
    const { browser, page } = await setUp()
    await browser.logIn()
    const own = [...browser.cookies]
    const forgeries: Record<string, (value: string) => string> = {
      changed: (value) => value.replace(/^./, (first) => (first === '0' ? '1' : '0')),
      unsigned: (value) => value.split('.').slice(0, 2).join('.'),
      empty: () => '',
      none: (value) => value,
    }
    const statuses: Record<string, number> = {}
    for (const [forgery, forge] of Object.entries(forgeries)) {
      for (const [name, value] of own) browser.cookies.set(name, forge(value))
      statuses[forgery] = (await browser.request(page)).status
    }
    expect(statuses).toEqual({ changed: 303, unsigned: 303, empty: 303, none: 200 })
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
