import axe from 'axe-core'
import { describe, expect, it } from 'vitest'
import { dashboardForFile, traffic } from '../support/dashboard-page.ts'
import type { Environment } from '../../packages/hub/dist/environment/environment.js'
import { configOf, environmentOf, setUpAdmin } from '../support/admin-app.ts'
import { account } from '../support/hub-config.ts'
import { running } from '../support/hubs.ts'
import { abTest, settingsFile } from '../support/settings-file.ts'
import { until } from '../support/until.ts'

const token = 'the-admin-token'
const { setUp } = dashboardForFile()
/** As many as need a filter, and changes to page through. */
const many = (percentTraffic: number, ofTheFirst = percentTraffic) =>
  settingsFile({
    ...account,
    campaigns: Array.from({ length: 16 }, (_, index) =>
      abTest(`campaign-${index}`, { percentTraffic: index === 0 ? ofTheFirst : percentTraffic }),
    ),
  })

/** States that take long to bring about, or come together only in the worst hour, as pages: without a hub for each. */
async function statesOf({ read }: Environment): Promise<Record<string, string>> {
  const { current, ...status } = await read.status()
  const [{ now }, [newest, ...older], none] = [status, await read.history(), await read.nodes()]
  const spread = { nodes: 12, p50Ms: 80, p95Ms: 300, maxMs: 2000 }
  const node = {
    ...{ state: 'lagging' as const, revision: 1, seenAt: now, behindSince: now },
    ...{ pid: 1, sdk: 's', client: '1.0.0' },
  }
  const nodes = Array.from({ length: 30 }, (_, index) => ({
    ...node,
    id: `node-${index}`,
    host: `web-${index}`,
  }))
  const worst = current && {
    ...{ ...current, trigger: 'file', pinnedUntil: now, waiting: 'a: traffic 10 → 20 %' },
    ...{ held: '9 of 10 running campaigns would end', heldSince: now, heldUntil: now },
  }
  const day = [{ from: 0, nodes: { least: 1, most: 9, mostBehind: 2, newest: 7 }, fetches: 9, failures: 1 }]
  let isAway = false
  const environments = Array.from({ length: 30 }, (_, index) =>
    environmentOf(configOf(`shop-${index}`), {
      current: () => undefined,
      async status() {
        if (isAway && index < 3) throw new Error('Connection is closed.')
        return { ...status, current: worst }
      },
      history: async () => (newest ? [{ ...newest, spread }, ...older] : []),
      nodes: async () => ({ ...none, total: 30, nodes, lag: spread }),
      day: async () => day,
      recent: async () => [{ from: 0, changes: 3, failures: 1 }],
    }),
  )
  const ask = setUpAdmin({ token, environments })
  const post = async (path: string, form: Record<string, string>, headers: Record<string, string> = {}) =>
    (await ask(path, { method: 'POST', body: new URLSearchParams(form), headers })).headers
  const cookie = (await post('/login', { token })).get('set-cookie')?.split(';')[0] ?? ''
  const pageAt = async (path: string) => await (await ask(path, { headers: { cookie } })).text()
  const csrf = /name="csrf" value="([^"]+)"/.exec(await pageAt('/environments/shop-9'))?.[1] ?? ''
  const done = (await post('/environments/shop-9/refresh', { csrf }, { cookie })).get('location') ?? ''
  const [known, heldAndPinned] = [
    await pageAt('/environments/shop-0'),
    await pageAt(new URL(done, 'http://hub/environments/shop-9/refresh').href),
  ]
  const expected = ['>Held back<', '>Pinned<', '>By hand<', 'Nothing new.', 'node-9']
  expect(expected.filter((told) => !heldAndPinned.includes(told))).toEqual([])
  isAway = true
  const away = async (path: string) =>
    await until(
      () => pageAt(path),
      (page) => page.includes('Redis does not answer'),
    )
  expect(known).not.toContain('Redis does not answer')
  return {
    '/': await away('/'),
    '/environments/shop-9': heldAndPinned,
    '/environments/shop-0': await away('/environments/shop-0'),
  }
}

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

  it('has nothing that axe finds fault with, on every page and in every state, in both schemes', async () => {
    const { hubs, page, path } = await setUp({ token, settings: many(10) })
    await hubs.vwo.set(many(80, 90))
    await until(hubs.whats, (whats) => whats.length === 2)
    const oldest = (await hubs.redis.zrevrange(hubs.keys.revisions, 0, -1)).at(-1)
    const faults: string[] = []
    const look = async (place: string) => {
      for (const scheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme: scheme })
        const found = await page.evaluate(
          async (options) => {
            const { run } = (globalThis as unknown as { axe: typeof axe }).axe
            const { violations } = await run(document, options)
            return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
          },
          {
            ...{ resultTypes: ['violations' as const], selectors: false, preload: false },
            // Only colours are others in the dark.
            ...(scheme === 'dark' && { runOnly: ['color-contrast'] }),
          },
        )
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
      await page.goto(place)
      await look(place)
    }
    await page.addInitScript({ content: axe.source })
    await visit('/login')
    await page.getByLabel('Admin token').fill(token)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.goto(`${path}/unit?key=campaign-1`)
    await page.getByLabel('User id').fill('ann')
    await page.getByRole('button', { name: 'Explain' }).click()
    await page.locator('#answer-title').waitFor()
    await look('what a user gets')
    for (const place of ['revisions/latest?moves=1', `rollback?to=${oldest ?? ''}`, 'pin', 'publish'])
      await visit(`${path}/${place}`)
    await hubs.acts.pin({ as: 'ann', forMs: 60_000 })
    for (const place of [`${path}/unpin`, `${path}?q=nothing-like-that`, '/environments/nobody'])
      await visit(place)

    const drawn = await statesOf(hubs.handle)
    await page.route(
      ({ pathname }) => Object.hasOwn(drawn, pathname),
      async (route) => {
        const body = drawn[new URL(route.request().url()).pathname] ?? ''
        await route.fulfill({ contentType: 'text/html', body })
      },
    )
    for (const state of Object.keys(drawn)) {
      await page.goto(state)
      await page.evaluate(() => {
        for (const details of document.querySelectorAll('details')) details.open = true
      })
      await look(state)
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
