import axe from 'axe-core'
import { describe, expect, it } from 'vitest'
import { dashboardForFile, traffic } from '../support/dashboard-page.ts'
import { account, createSilentHub } from '../support/hub-config.ts'
import { running } from '../support/hubs.ts'
import { abTest, settingsFile } from '../support/settings-file.ts'
import { until } from '../support/until.ts'

const token = 'the-admin-token'
const { setUp, cleanUps, redis } = dashboardForFile()
/** As many as need a filter, and changes to page through. */
const many = (percentTraffic: number, ofTheFirst = percentTraffic) =>
  settingsFile({
    ...account,
    campaigns: Array.from({ length: 16 }, (_, index) =>
      abTest(`campaign-${index}`, { percentTraffic: index === 0 ? ofTheFirst : percentTraffic }),
    ),
  })

describe('everybody', () => {
  it('can do everything with the keyboard, sees where he is, stays there while the page changes, and is told how', async () => {
    const { hubs, page } = await setUp({ nodes: 1 })
    await hubs.vwo.set(traffic(20))
    await until(hubs.whats, (whats) => whats.length === 2)
    await page.goto('/')
    await page.getByText('live', { exact: true }).first().waitFor()
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

    const old = await page.locator('.entries > li').nth(1).getAttribute('id')
    await page.locator(`#${old} summary`).click()
    await page
      .locator(`#${old}`)
      .getByRole('link', { name: /Roll back/ })
      .focus()
    await hubs.vwo.set(traffic(80))
    await page.locator('.summary', { hasText: '→ 80 %' }).waitFor()
    expect(await page.evaluate(() => document.activeElement?.closest('li')?.id)).toBe(old)
    const announcer = page.locator('#announcer')
    expect(await announcer.getAttribute('role')).toBe('status')
    await announcer
      .filter({ hasText: /^Everywhere: .* newest revision\. checkout-test: traffic 20 → 80 %/ })
      .waitFor()
    await hubs.acts.pin({ as: 'ann', forMs: 60_000 })
    await announcer.filter({ hasText: 'Pinned: nothing that VWO sends is published.' }).waitFor()

    await page.locator('.brand').focus()
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

  it('has nothing that axe finds fault with, on every page, in both schemes', async () => {
    const { hubs, page, path } = await setUp({ token, nodes: 1, settings: many(10) })
    await hubs.vwo.set(many(80))
    await until(hubs.whats, (whats) => whats.length === 2)
    // One campaign alone, of which it is known soon whom it moves.
    await hubs.vwo.set(many(80, 90))
    await until(hubs.whats, (whats) => whats.length === 3)
    const oldest = (await hubs.redis.zrevrange(hubs.keys.revisions, 0, -1)).at(-1)
    const [own] = hubs.config.environments
    const other = own && { ...own, name: `${own.name}-empty`, baseUrl: 'http://127.0.0.1:9' }
    const hub = createSilentHub({ ...hubs.config, environments: own && other ? [own, other] : [] })
    cleanUps.push(hub.close)
    const { adminUrl } = await hub.start()
    const faults: string[] = []
    const look = async (place: string) => {
      for (const scheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme: scheme })
        // Only colours are others in the dark.
        const rules = scheme === 'light' ? {} : { runOnly: ['color-contrast'] }
        const found = await page.evaluate(async (options) => {
          const { violations } = await (globalThis as unknown as { axe: typeof axe }).axe.run(
            document,
            options,
          )
          return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
        }, rules)
        faults.push(...found.map((fault) => `${place}, ${scheme}: ${fault}`))
        const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor)
        const [red = 0] = (background.match(/\d+/g) ?? []).map(Number)
        expect(red > 128).toBe(scheme === 'light')
      }
      for (const role of ['banner', 'main', 'contentinfo'] as const) {
        expect(await page.getByRole(role).count()).toBe(1)
      }
    }
    const visit = async (place: string) => {
      await page.goto(adminUrl + place)
      await page.evaluate(axe.source)
      await look(place)
    }
    await visit('/login')
    await page.getByLabel('Admin token').fill(token)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await visit('/')
    await visit(`${path}/unit?key=campaign-1`)
    await page.getByLabel('User id').fill('ann')
    await page.getByRole('button', { name: 'Explain' }).click()
    await page.locator('#answer-title').waitFor()
    await page.evaluate(axe.source)
    await look('what a user gets')
    for (const place of [
      `${path}/revisions/latest?moves=1`,
      `${path}/rollback?to=${oldest ?? ''}`,
      `${path}/pin`,
    ])
      await visit(place)
    await hubs.acts.pin({ as: 'ann', forMs: 60_000 })
    for (const place of [`${path}/unpin`, `${path}?q=nothing-like-that`, '/environments/nobody'])
      await visit(place)
    await page.goto(adminUrl + path)
    await page.getByText('live', { exact: true }).first().waitFor()
    await page.evaluate(axe.source)
    await page.locator('.switch > summary').click()
    await page.locator('.lines .menu > summary').last().click()
    await look('open menus')
    try {
      redis().freeze()
      await page.locator('.lead', { hasText: 'Redis does not answer.' }).waitFor()
      await look('Redis away')
    } finally {
      redis().thaw()
    }
    expect(faults).toEqual([])
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
