import { LARGEST_SETTINGS_BYTES } from '@vwo-hub/protocol'
import { startRedisServer } from '@vwo-hub/sandbox'
import { describe, expect, it } from 'vitest'
import { createSilentHub } from '../support/hub-config.ts'
import { running } from '../support/hubs.ts'
import { abTest, settingsFile, variation } from '../support/settings-file.ts'
import { until } from '../support/until.ts'
import { redisForFile } from '../support/redis-for-file.ts'
import { browserOf, leadsTo, revisionsOf, visitHubs, type VisitOptions } from '../support/browser-by-hand.ts'

const shared = await redisForFile()
const setUp = async (options: VisitOptions = {}) => await visitHubs(shared, options)

describe('a form', () => {
  const acts = ['refresh', 'rollback', 'stop', 'publish', 'pin', 'unpin', 'release']
  const filledIn = { forMs: '60000', as: 'eve', to: '1', from: '1', pinForMs: '0', sha256: 'a'.repeat(64) }

  it('does nothing without the proof of its session', async () => {
    const { hubs, browser, page } = await setUp()
    await browser.logIn()
    const other = browserOf(hubs)
    await other.logIn()
    for (const csrf of ['', 'forged', await other.csrf(page)])
      for (const act of acts) {
        const { status } = await browser.post(`${page}/${act}`, { ...filledIn, csrf })
        expect([act, csrf, status]).toEqual([act, csrf, 403])
      }
    expect(await hubs.whats()).toEqual(['publish'])
  })

  it('of another site does nothing, though it had cookie and proof', async () => {
    const { hubs, browser, page } = await setUp()
    await browser.logIn()
    const csrf = await browser.csrf(page)
    const signs: Record<string, string>[] = [
      { Origin: 'https://attacker.example' },
      { Origin: 'null' },
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site' },
    ]
    for (const headers of signs)
      for (const act of acts) {
        const { status } = await browser.post(`${page}/${act}`, { ...filledIn, csrf }, headers)
        expect([act, headers, status]).toEqual([act, headers, 403])
      }
    expect(await hubs.whats()).toEqual(['publish'])
  })

  it('says who and why in the audit, and remembers who', async () => {
    const { hubs, browser, page } = await setUp()
    await browser.logIn()
    const csrf = await browser.csrf(page)
    const [revision] = await revisionsOf(hubs)
    const form = { csrf, revision: String(revision), forMs: '60000', as: 'Änne', reason: 'a look' }
    const done = await browser.post(`${page}/pin`, form)
    expect(done.status).toBe(303)
    expect((await hubs.audit()).at(-1)).toMatchObject({ what: 'pin', as: 'Änne', reason: 'a look' })
    expect(await browser.read(`${page}/unpin`)).toContain('value="Änne"')
    expect(await browser.read(leadsTo(done))).toMatch(/class="notice"[^>]*>Pinned until /)
  })

  it('that is not as it has to be changes nothing', async () => {
    const { hubs, browser, page } = await setUp()
    await browser.logIn()
    const csrf = await browser.csrf(page)
    const wrong: [act: string, form: Record<string, string>][] = [
      ['pin', { revision: '1', forMs: 'soon' }],
      ['pin', { revision: '1', forMs: '1' }],
      ['pin', { forMs: '60000' }],
      ['unpin', { revision: '1', pinnedUntil: 'soon' }],
      ['rollback', { to: 'x', from: '1', pinForMs: '0' }],
      ['release', { sha256: 'x' }],
    ]
    for (const [act, form] of wrong) {
      const { status } = await browser.post(`${page}/${act}`, { ...form, csrf })
      expect([act, form, status]).toEqual([act, form, 400])
    }
    expect(await hubs.whats()).toEqual(['publish'])
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

describe('a settings-file that somebody has', () => {
  it('is published by hand on the page, to the letter, once it was shown what that changes', async () => {
    const { hubs, browser, page } = await setUp({ settings: running(['a', 'b'], 10) })
    await browser.logIn()
    const csrf = await browser.csrf(page)
    const send = async (fields: Record<string, string | File>) => {
      const body = new FormData()
      for (const [name, value] of Object.entries({ csrf, forMs: '60000', ...fields })) body.set(name, value)
      const headers = { Origin: hubs.first.adminUrl, 'Sec-Fetch-Site': 'same-origin' }
      return await browser.request(`${page}/publish`, { method: 'POST', headers, body })
    }
    const field = (text: string, name: string) =>
      new RegExp(`type="hidden" name="${name}" value="([^"]*)"`).exec(text)?.[1]?.replaceAll('&quot;', '"') ??
      ''
    // Of two lines, which browsers post with another end.
    const file = JSON.stringify(running(['a'], 10)).replace(',', ',\n')
    const who = { as: 'ann', reason: 'VWO is away' }
    const shown = await send({ ...who, file: new File([file], 'settings.json') })
    const text = await shown.text()
    expect(shown.status).toBe(200)
    for (const said of [
      'class="notice pending" role="status">Nothing is done yet',
      'b: no longer running',
      `Publish it to ${hubs.environment}`,
      'value="VWO is away"',
    ])
      expect(text).toContain(said)
    expect(field(text, 'text')).toBe(file)
    const again = {
      text: file.replace('\n', '\r\n'),
      ...{ sha256: field(text, 'sha256'), from: field(text, 'from') },
    }
    const refused = await send({ as: 'ann', ...again })
    expect([refused.status, await refused.text()]).toEqual([409, expect.stringContaining('needs the reason')])
    expect(await hubs.whats()).toEqual(['publish'])

    const done = await send({ ...who, ...again })
    expect([done.status, await hubs.published()]).toEqual([303, file])
    expect((await hubs.audit()).at(-1)).toMatchObject({ ...who, trigger: 'file' })
    expect(await hubs.meta()).toHaveProperty('pinnedUntil')
  })

  it('is not published where it is refused, or is none', async () => {
    const { hubs, browser, page } = await setUp()
    await browser.logIn()
    const csrf = await browser.csrf(page)
    const send = async (file: string) => {
      const body = new FormData()
      for (const [name, value] of Object.entries({ csrf, forMs: '60000', text: file })) body.set(name, value)
      const headers = { Origin: hubs.first.adminUrl, 'Sec-Fetch-Site': 'same-origin' }
      const response = await browser.request(`${page}/publish`, { method: 'POST', headers, body })
      return [response.status, await response.text()]
    }
    expect(await send('{"accountId":1}')).toEqual([
      409,
      expect.stringContaining('class="fault" role="alert"'),
    ])
    expect(await send(' ')).toEqual([409, expect.stringContaining('Expected a settings-file, got none.')])
    const tooLarge = ' '.repeat(LARGEST_SETTINGS_BYTES + 20_000)
    expect(await send(tooLarge)).toEqual([413, expect.stringContaining('A form has at most')])
    expect(await hubs.whats()).toEqual(['publish'])
  })
})

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
    const pin = { revision: String((await revisionsOf(hubs))[0]), forMs: '60000' }
    await browser.post(`${page}/pin`, { csrf, ...pin, as: hostile.slice(0, 80), reason: hostile })
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

  it('lets browsers load nothing from elsewhere, run nothing that is written in it, and frame it nowhere', async () => {
    const { browser } = await setUp()
    await browser.logIn()
    for (const path of ['/', '/login', '/nothing', '/v1/environments', '/healthz', '/assets/dashboard.js']) {
      const { headers } = await browser.request(path)
      const policy = headers.get('content-security-policy') ?? ''
      expect([path, ...policy.split('; ').toSorted()]).toEqual([
        path,
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
    }
  })

  it('still tells what is live when Redis is gone, and that it is gone', async () => {
    const redis = await startRedisServer()
    shared.cleanUps.push(redis.close)
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
    shared.cleanUps.push(hub.close)
    const { adminUrl } = await hub.start()
    const text = await until(
      async () => await (await fetch(adminUrl)).text(),
      (seen) => seen.includes('Published') || seen.includes('Everywhere'),
    )
    expect(text).toContain(`href="./environments/${first.name}"`)
    expect(text).toContain(`To look at: ${first.name}-empty (nothing published).`)
  })
})
