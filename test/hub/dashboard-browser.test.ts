import { createClient } from '@vwo-hub/client'
import { type RedisServer, startRedisServer } from '@vwo-hub/sandbox'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import vwoSdk from 'vwo-node-sdk'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openPage, startBrowser } from '../support/browser.ts'
import { running, startHubs } from '../support/hubs.ts'
import { blocksOf, startNginx } from '../support/proxies.ts'
import { abTest, settingsFile } from '../support/settings-file.ts'
import { until } from '../support/until.ts'

const token = 'the-admin-token'
let server: RedisServer
let browser: Browser
const cleanUps: (() => unknown)[] = []

beforeAll(async () => {
  server = await startRedisServer()
  browser = await startBrowser()
})
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp()
})
afterAll(async () => {
  await browser?.close()
  await server.close()
})

const traffic = (percentTraffic: number) => running(['checkout-test'], percentTraffic)

interface SetUpOptions {
  readonly token?: string
  readonly nodes?: number
  readonly settings?: object
  readonly context?: BrowserContextOptions
}

/** A hub, app processes' clients, and a page of it in a real browser. */
async function setUp({ token: adminToken, nodes = 0, settings = traffic(10), context }: SetUpOptions = {}) {
  const hubs = await startHubs({ url: server.url, settings, config: { adminToken } })
  cleanUps.push(hubs.close)
  const clients = Array.from({ length: nodes }, () =>
    createClient({ environment: hubs.environment, redis: server.url, sdk: vwoSdk }),
  )
  for (const client of clients) cleanUps.push(client.close)
  await Promise.all(clients.map((client) => client.ready()))
  const watched = await openPage(browser, { ...context, baseURL: hubs.first.adminUrl })
  cleanUps.push(() => watched.page.context().close())
  return { hubs, clients, ...watched, path: `/environments/${hubs.environment}` }
}

/** The revision that the page shows as live. */
const shownRevision = async (page: Page) => Number(await page.locator('#revision').textContent())
const heading = (page: Page) => page.getByRole('heading', { level: 1 })

describe('the dashboard in a browser', () => {
  it('shows a new revision and how far it has spread after a webhook, without a reload', async () => {
    const { hubs, page, complaints } = await setUp({ nodes: 3 })
    await page.goto('/')
    await page.getByText('live', { exact: true }).first().waitFor()
    await page.locator('#nodes-current', { hasText: '3' }).waitFor()
    const before = await shownRevision(page)
    await page.evaluate(() => {
      document.body.dataset['loadedOnce'] = 'yes'
    })
    await hubs.vwo.set(traffic(80))
    await page.locator('.summary', { hasText: 'checkout-test: traffic 10 → 80 %' }).waitFor()
    await page.getByText('Everywhere', { exact: true }).waitFor()
    expect(await shownRevision(page)).toBeGreaterThan(before)
    expect(await page.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('3')
    expect(await page.locator('body').getAttribute('data-loaded-once')).toBe('yes')
    expect(complaints).toEqual([])
  })

  it('fills the bar while nodes come to the newest revision', async () => {
    const { hubs, page } = await setUp()
    const { revision } = await hubs.meta()
    const report = async (id: string, at: number) => {
      const now = Date.now()
      const node = { revision: String(at), state: 'ready', host: 'h', pid: '1', sdk: 's', client: 'c' }
      await hubs.redis.hset(hubs.keys.node(id), node)
      await hubs.redis.zadd(hubs.keys.nodes, now, id)
    }
    for (const id of ['a', 'b', 'c', 'd']) await report(id, Number(revision) - 1)
    await page.goto('/')
    await page.getByText('4 nodes not on it').waitFor()
    await page.getByText('No node has it yet.').waitFor()
    const named = page.getByText(/^lagging, behind since/)
    expect(await named.first().isVisible()).toBe(true)
    await page.getByText('4 nodes not on it').click()
    expect(await named.first().isVisible()).toBe(false)
    const widths: string[] = []
    for (const id of ['a', 'b', 'c', 'd']) {
      await report(id, Number(revision))
      const share = `${25 * (widths.length + 1)}%`
      await page.locator(`.bar .current[width="${share}"]`).waitFor()
      widths.push(share)
      // Who has closed the list does not see it again with each change.
      if (id === 'a') expect(await named.first().isVisible()).toBe(false)
    }
    expect(widths).toEqual(['25%', '50%', '75%', '100%'])
    await page.getByText('Everywhere', { exact: true }).waitFor()
  })

  it('rolls back by its buttons, and says so at once', async () => {
    const { hubs, page, complaints } = await setUp()
    await hubs.vwo.set(traffic(80))
    await until(hubs.whats, (whats) => whats.length === 2)
    await page.goto('/')
    await page.getByRole('link', { name: 'Roll back…', exact: true }).click()
    await page.getByText('traffic 80 → 10 %').waitFor()
    await page.getByRole('link', { name: 'Who moves?' }).click()
    await page.getByText(/^\d+\.\d % of users move: 0 % enter, \d+\.\d % leave/).waitFor()
    await page.getByLabel('Your name').fill('ann')
    await page.getByLabel('Why').fill('checkout is broken')
    await page.getByRole('button', { name: /^Roll back env-/ }).click()
    await page.getByText(/^Rolled back: revision/).waitFor()
    await page.getByRole('heading', { name: 'Pinned' }).waitFor()
    expect(await hubs.published()).toBe(JSON.stringify(traffic(10)))
    expect((await hubs.audit()).at(-1)).toMatchObject({
      what: 'rollback',
      as: 'ann',
      reason: 'checkout is broken',
    })
    expect(await shownRevision(page)).toBe(Number((await hubs.meta())['revision']))
    expect(complaints).toEqual([])
  })

  it('shows a rollback at once, and whom it moves when that is known, without touching what is typed', async () => {
    const keys = Array.from({ length: 25 }, (_, index) => `campaign-${index}`)
    const { hubs, page, path, complaints } = await setUp({ settings: running(keys, 10) })
    await hubs.vwo.set(running(keys, 80))
    await until(hubs.whats, (whats) => whats.length === 2)
    await page.goto(`${path}/rollback?moves=1`)
    await page.getByText('Being decided by the real SDK…').waitFor()
    await page.getByLabel('Why').fill('typed while it is being decided')
    await page.getByText('of users move').first().waitFor({ timeout: 60_000 })
    expect(await page.getByLabel('Why').inputValue()).toBe('typed while it is being decided')
    expect(await page.getByRole('status').textContent()).toBe('Who moves is known.')
    expect(complaints).toEqual([])
  })

  it('pins and unpins, loudly in between', async () => {
    const { hubs, page } = await setUp()
    await page.goto('/')
    await page.getByRole('link', { name: 'Pin…' }).click()
    await page.getByLabel('How long').selectOption({ label: 'for 4 hours' })
    await page.getByLabel('Your name').fill('ann')
    await page.getByRole('button', { name: /^Pin / }).click()
    const banner = page.getByRole('region', { name: 'Pinned' })
    await banner.waitFor()
    await hubs.vwo.set(traffic(80))
    await banner.getByText('traffic 10 → 80 %').waitFor()
    expect(await hubs.whats('publish')).toHaveLength(1)
    await banner.getByRole('link', { name: 'Unpin…' }).click()
    await page.getByText('When it was asked last, that was:').waitFor()
    await page.locator('.quote', { hasText: 'traffic 10 → 80 %' }).waitFor()
    expect(await page.getByLabel('Your name').inputValue()).toBe('ann')
    await page.getByRole('button', { name: /^Unpin / }).click()
    await page.locator('.summary', { hasText: 'traffic 10 → 80 %' }).waitFor()
    expect(await banner.count()).toBe(0)
  })

  it('shows what is held back, and releases what it showed', async () => {
    const keys = ['a', 'b', 'c', 'd', 'e', 'f']
    const { hubs, page } = await setUp({ settings: running(keys) })
    await page.goto('/')
    await hubs.vwo.set(running(['a']))
    const banner = page.getByRole('region', { name: 'Held back' })
    await banner.getByText('5 of 6 running campaigns would end').waitFor()
    await banner.getByRole('link', { name: 'Release…' }).click()
    await page.getByLabel('Your name').fill('ann')
    await page.getByRole('button', { name: /^Publish it to env-/ }).click()
    await until(hubs.published, (text) => text === JSON.stringify(running(['a'])))
    await banner.waitFor({ state: 'detached' })
  })

  it('refreshes by its button', async () => {
    const { hubs, page } = await setUp()
    await page.goto('/')
    const { requested } = await hubs.refresh()
    await page.getByRole('button', { name: 'Refresh' }).click()
    await page.locator('.notice').waitFor()
    await until(hubs.refresh, ({ completed }) => Number(completed) > Number(requested))
  })

  it('says that Redis is away, and when it is back', async () => {
    const redis = await startRedisServer()
    cleanUps.push(() => redis.close())
    const hubs = await startHubs({ url: redis.url })
    cleanUps.push(hubs.close)
    const { page } = await openPage(browser, { baseURL: hubs.first.adminUrl })
    await page.goto('/')
    redis.freeze()
    await page.locator('.lead', { hasText: 'Redis does not answer.' }).waitFor()
    redis.thaw()
    await page.locator('.lead', { hasText: 'The newest revision is published.' }).waitFor()
    await hubs.close()
    await page.locator('.title .pill.none', { hasText: 'Not known' }).waitFor()
    expect(await page.title()).toMatch(/^not known: /)
    expect(await page.locator('.lead').textContent()).toMatch(/^This hub has not answered since /)
  })
})

describe('the dashboard under a path, behind nginx', () => {
  it('signs in, stays current, acts and signs out there', async () => {
    const { hubs, path } = await setUp({ token })
    const nginx = await startNginx(
      await blocksOf('dashboard.md', 'nginx', { 'hub-1:8081': new URL(hubs.first.adminUrl).host }),
    )
    cleanUps.push(nginx.close)
    const base = `https://127.0.0.1:${nginx.port}/vwo-hub`
    const { page, complaints } = await openPage(browser, { ignoreHTTPSErrors: true })
    cleanUps.push(() => page.context().close())
    const beside: string[] = []
    page.on('request', (request) => {
      if (!request.url().startsWith(`${base}/`)) beside.push(request.url())
    })

    await page.goto(`${base}/`)
    await page.getByLabel('Admin token').fill(token)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL(`${base}${path}`)
    await page.getByText('live', { exact: true }).first().waitFor()
    await hubs.vwo.set(traffic(80))
    await page.locator('.summary', { hasText: 'traffic 10 → 80 %' }).waitFor()
    await page
      .getByRole('link', { name: /^What changed/ })
      .first()
      .click()
    await page.getByRole('link', { name: 'Roll back to the one before…' }).click()
    await page.getByLabel('Your name').fill('ann')
    await page.getByRole('button', { name: /^Roll back env-/ }).click()
    await page.getByText('Rolled back: revision').waitFor()
    await page.getByRole('link', { name: 'vwo-hub' }).click()
    await page.waitForURL(`${base}${path}`)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL(`${base}/login`)
    expect([complaints, beside]).toEqual([[], []])
  })
})

describe('a hostile settings-file', () => {
  const hostile = `</bdi></script><script>document.title='owned'</script><img src=x onerror="alert(1)">\u202Egnp`
  const hostileFile = (percentTraffic: number) =>
    settingsFile({
      accountId: 123_456,
      sdkKey: 'the-sdk-key',
      campaigns: [abTest(hostile, { percentTraffic })],
    })

  it('is shown as text, when the page is opened and when it changes', async () => {
    const { hubs, page, path, complaints } = await setUp({ settings: hostileFile(10) })
    await page.goto(path)
    for (const share of [20, 30]) {
      await hubs.vwo.set(hostileFile(share))
      await page.locator('.summary', { hasText: `→ ${share} %` }).waitFor()
    }
    await page
      .getByRole('link', { name: /What changed/ })
      .first()
      .click()
    await page.getByText('traffic 20 → 30 %').waitFor()
    expect(await page.getByText('<script>document.title').count()).toBe(1)
    expect(await page.locator('img').count()).toBe(0)
    expect(await page.title()).not.toContain('owned')
    expect(complaints).toEqual([])
  })

  it('would be stopped by the policy, should it ever get into a page', async () => {
    const { page, complaints } = await setUp()
    await page.goto('/')
    const isBlocked = await page.evaluate(() => {
      const script = document.createElement('p')
      try {
        script.innerHTML = '<img src=x onerror="document.title = 1">'
        return false
      } catch {
        return true
      }
    })
    expect(isBlocked).toBe(true)
    expect(complaints.join()).toContain("requires 'TrustedHTML'")
  })
})

describe('signing in with a browser', () => {
  it('works with the token only, follows live, and can be ended', async () => {
    const { hubs, page, path, complaints } = await setUp({ token })
    await page.goto(path)
    await page.getByLabel('Admin token').fill('wrong')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('This is not the token').waitFor()
    expect(await page.getByLabel('Admin token').getAttribute('aria-invalid')).toBe('true')
    await page.getByLabel('Admin token').fill(token)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('live', { exact: true }).first().waitFor()
    await hubs.vwo.set(traffic(80))
    await page.locator('.summary', { hasText: 'traffic 10 → 80 %' }).waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel('Admin token').waitFor()
    await page.goto(path)
    expect(new URL(page.url()).pathname).toBe('/login')
    expect(complaints).toEqual([])
  })

  it('gives nothing to a page of another site', async () => {
    const { hubs, page, path } = await setUp({ token })
    await page.goto('/')
    await page.getByLabel('Admin token').fill(token)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await heading(page).waitFor()
    const csrf = await page.locator('input[name=csrf]').first().inputValue()
    // Another name for the same machine is another site.
    const action = `${hubs.first.adminUrl}${path}/refresh`
    await page.route('http://localhost:1/', (route) =>
      route.fulfill({
        contentType: 'text/html',
        body: `<form method="post" action="${action}"><input name="csrf" value="${csrf}"><button>win</button></form>`,
      }),
    )
    const { requested } = await hubs.refresh()
    await page.goto('http://localhost:1/')
    const [answer] = await Promise.all([
      page.waitForResponse((response) => response.url() === action),
      page.getByRole('button', { name: 'win' }).click(),
    ])
    expect(answer.status()).toBe(403)
    expect((await hubs.refresh())['requested']).toBe(requested)
  })
})

describe('everybody', () => {
  it('can do everything with the keyboard, and sees where he is', async () => {
    const { hubs, page } = await setUp()
    await hubs.vwo.set(traffic(80))
    await until(hubs.whats, (whats) => whats.length === 2)
    await page.goto('/')
    const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim() ?? '')
    const tabTo = async (name: string) => {
      for (let presses = 0; presses < 30; presses += 1) {
        await page.keyboard.press('Tab')
        if ((await focused()) === name) return
      }
      throw new Error(`The tabulator never comes to "${name}".`)
    }
    await page.keyboard.press('Tab')
    expect(await focused()).toBe('Skip to content')
    await tabTo('Roll back…')
    const outline = await page.evaluate(() => {
      const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement ?? document.body)
      return `${outlineStyle} ${outlineWidth}`
    })
    expect(outline).toBe('solid 3px')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: /^Roll back env-/ }).waitFor()
    await page.getByLabel('Your name').focus()
    await page.keyboard.type('ann')
    await page.keyboard.press('Enter')
    await page.getByText(/^Rolled back: revision/).waitFor()
  })

  it('keeps the focus while the page changes around it', async () => {
    const { hubs, page } = await setUp()
    await hubs.vwo.set(traffic(20))
    await until(hubs.whats, (whats) => whats.length === 2)
    await page.goto('/')
    const old = await page.locator('.entries > li').nth(1).getAttribute('id')
    await page.locator(`#${old} summary`).click()
    await page
      .locator(`#${old}`)
      .getByRole('link', { name: /Roll back/ })
      .focus()
    await hubs.vwo.set(traffic(80))
    await page.locator('.summary', { hasText: '→ 80 %' }).waitFor()
    expect(await page.evaluate(() => document.activeElement?.closest('li')?.id)).toBe(old)
  })

  it('is told the essential in words, and once', async () => {
    const { hubs, page } = await setUp({ nodes: 1 })
    await page.goto('/')
    await page.getByText('live', { exact: true }).first().waitFor()
    await page.locator('#nodes-current', { hasText: '1' }).waitFor()
    await hubs.acts.pin({ as: 'ann', forMs: 60_000 })
    await page.locator('#announcer', { hasText: 'Pinned: nothing that VWO sends is published.' }).waitFor()
    expect(await page.locator('#announcer').getAttribute('role')).toBe('status')
  })

  it('finds landmarks and names on every page', async () => {
    const { page, path } = await setUp()
    for (const place of ['/', `${path}/pin`]) {
      await page.goto(place)
      for (const role of ['banner', 'main', 'contentinfo'] as const) {
        expect(await page.getByRole(role).count()).toBe(1)
      }
      expect(await heading(page).count()).toBe(1)
      const nameless = await page
        .locator('a, button, input:not([type=hidden]), select')
        .evaluateAll((elements) =>
          elements
            .filter((element) => {
              const labels = 'labels' in element ? (element as HTMLInputElement).labels : null
              return !element.textContent?.trim() && !labels?.[0]?.textContent?.trim()
            })
            .map((element) => element.outerHTML),
        )
      expect(nameless).toEqual([])
    }
  })

  it('reads it on a phone without scrolling sideways', async () => {
    const long = 'x'.repeat(400)
    const { hubs, page, path } = await setUp({
      settings: running([long], 10),
      context: { viewport: { width: 320, height: 640 } },
    })
    await hubs.vwo.set(running([long, `${long}y`], 20))
    await until(hubs.whats, (whats) => whats.length === 2)
    await hubs.acts.pin({ as: long.slice(0, 80), reason: long.slice(0, 300), forMs: 60_000 })
    for (const place of [path, `${path}/rollback`, `${path}/unpin`]) {
      await page.goto(place)
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320)
    }
  })

  it.each(['light', 'dark'] as const)('can read every text in the scheme %s', async (colorScheme) => {
    const { hubs, page, path } = await setUp({ nodes: 1, context: { colorScheme } })
    await hubs.vwo.set(traffic(80))
    await until(hubs.whats, (whats) => whats.length === 2)
    await hubs.acts.pin({ as: 'ann', forMs: 60_000 })
    for (const place of [path, `${path}/rollback`, '/environments/nobody']) {
      await page.goto(place)
      expect(await faintTexts(page)).toEqual([])
    }
    const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    const [red = 0] = (background.match(/\d+/g) ?? []).map(Number)
    expect(red > 128).toBe(colorScheme === 'light')
  })

  it('needs no scripts', async () => {
    const { hubs, page, path } = await setUp({ token, context: { javaScriptEnabled: false } })
    await hubs.vwo.set(traffic(80))
    await until(hubs.whats, (whats) => whats.length === 2)
    await page.goto(path)
    await page.getByLabel('Admin token').fill(token)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('link', { name: 'Roll back…', exact: true }).click()
    await page.getByLabel('Your name').fill('ann')
    await page.getByRole('button', { name: /^Roll back env-/ }).click()
    await page.getByText(/^Rolled back: revision/).waitFor()
    expect(await hubs.whats('rollback')).toEqual(['rollback'])
  })
})

/** Texts with less contrast to what is behind them than 4.5 to 1, as WCAG 2.2 (AA) asks for. */
async function faintTexts(page: Page): Promise<string[]> {
  return await page.evaluate(() => {
    const parse = (color: string) => (color.match(/[\d.]+/g) ?? []).map(Number)
    const luminance = (color: string) => {
      const [r = 0, g = 0, b = 0] = parse(color).map((value) => {
        const share = value / 255
        return share <= 0.040_45 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
      })
      return 0.2126 * r + 0.7152 * g + 0.0722 * b
    }
    const behind = (element: Element | null): string => {
      if (element === null) return 'rgb(255, 255, 255)'
      const { backgroundColor } = getComputedStyle(element)
      return parse(backgroundColor)[3] === 0 ? behind(element.parentElement) : backgroundColor
    }
    return [...document.querySelectorAll('body *')].flatMap((element) => {
      const text = [...element.childNodes]
        .filter(({ nodeType }) => nodeType === Node.TEXT_NODE)
        .map(({ nodeValue }) => nodeValue?.trim() ?? '')
        .join('')
      if (text === '' || element.closest('.hidden, .skip, script') !== null) return []
      const [a, b] = [luminance(getComputedStyle(element).color), luminance(behind(element))]
      const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
      return contrast < 4.5 ? [`${text}: ${contrast.toFixed(2)}`] : []
    })
  })
}
