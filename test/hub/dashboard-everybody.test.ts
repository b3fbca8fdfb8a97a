import axe from 'axe-core'
import { describe, expect, it } from 'vitest'
import { dashboardForFile, traffic } from '../support/dashboard-page.ts'
import { running } from '../support/hubs.ts'
import { until } from '../support/until.ts'

const token = 'the-admin-token'
const { setUp } = dashboardForFile()
/** As many as need a filter, and changes to page through. */
const many = (percentTraffic: number) =>
  running(
    Array.from({ length: 16 }, (_, index) => `campaign-${index}`),
    percentTraffic,
  )

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

  it.each(['light', 'dark'] as const)(
    'has nothing that axe finds fault with, on every page, in the scheme %s',
    async (colorScheme) => {
      const { hubs, page, path } = await setUp({ nodes: 1, settings: many(10), context: { colorScheme } })
      await hubs.vwo.set(many(80))
      await until(hubs.whats, (whats) => whats.length === 2)
      const faults: string[] = []
      const look = async (place: string) => {
        await page.goto(place)
        await page.evaluate(axe.source)
        const found = await page.evaluate(async () => {
          const { violations } = await (globalThis as unknown as { axe: typeof axe }).axe.run(document)
          return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
        })
        faults.push(...found.map((fault) => `${place}: ${fault}`))
        for (const role of ['banner', 'main', 'contentinfo'] as const) {
          expect(await page.getByRole(role).count()).toBe(1)
        }
      }
      const unit = `${path}/unit?key=campaign-1`
      for (const place of [path, unit, `${path}/revisions/latest?moves=1`, `${path}/rollback`, `${path}/pin`])
        await look(place)
      await hubs.acts.pin({ as: 'ann', forMs: 60_000 })
      for (const place of [path, `${path}/unpin`, `${path}?q=nothing-like-that`, '/environments/nobody'])
        await look(place)
      expect(faults).toEqual([])
      const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor)
      const [red = 0] = (background.match(/\d+/g) ?? []).map(Number)
      expect(red > 128).toBe(colorScheme === 'light')
    },
  )

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
