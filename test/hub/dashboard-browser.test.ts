import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import type { Judging } from '../../packages/hub/dist/product/product.js'
import { dashboardForFile, judgingForPages, traffic } from '../support/dashboard-page.ts'
import { running } from '../support/hubs.ts'
import { blocksOf, startNginx } from '../support/proxies.ts'
import { abTest, settingsFile } from '../support/settings-file.ts'
import { until } from '../support/until.ts'

const token = 'the-admin-token'
const { setUp, cleanUps, redis, open } = dashboardForFile()

/** The revision that the page shows as live. */
const shownRevision = async (page: Page) => Number(await page.locator('#revision').textContent())
/** The real judging, one question of which waits until it is let go. */
function heldUp(question: 'preview' | 'overview') {
  let letGo = () => {}
  let gate: Promise<void> = Promise.resolve()
  const holdUp = () => {
    gate = new Promise((resolve) => (letGo = resolve))
  }
  holdUp()
  const judging: Judging = {
    ...judgingForPages,
    [question]: async (...args: never[]) => {
      await gate
      return await (judgingForPages[question] as (...all: never[]) => Promise<unknown>)(...args)
    },
  }
  return { judging, holdUp, letGo: () => letGo() }
}
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

  it('rolls back by its buttons, and says whom it moves when that is known, without touching what is typed', async () => {
    const { judging, letGo } = heldUp('preview')
    const { hubs, page, complaints } = await setUp({ judging })
    await hubs.vwo.set(traffic(80))
    await until(hubs.whats, (whats) => whats.length === 2)
    await page.goto('/')
    await page.getByRole('link', { name: 'Roll back…', exact: true }).click()
    await page.getByText('traffic 80 → 10 %').waitFor()
    await page.getByRole('link', { name: 'Who moves?' }).click()
    await page.getByText('Being decided by the real SDK…').waitFor()
    await page.getByLabel('Your name').fill('ann')
    await page.getByLabel('Why').fill('checkout is broken')
    letGo()
    await page.getByText(/^\d+\.\d % of users move: 0 % enter, \d+\.\d % leave/).waitFor()
    expect(await page.getByLabel('Why').inputValue()).toBe('checkout is broken')
    expect(await page.getByRole('status').textContent()).toBe('Who moves is known.')
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

  it('asks again while it is being found out what is live, though it was known when the page was opened', async () => {
    const { judging, holdUp, letGo } = heldUp('overview')
    letGo()
    const { hubs, page } = await setUp({ judging })
    await page.goto('/')
    await page.locator('.units', { hasText: '10 %' }).waitFor()
    holdUp()
    await hubs.vwo.set(traffic(80))
    await page.getByText('It is being read…').waitFor()
    letGo()
    await page.locator('.units', { hasText: '80 %' }).waitFor()
  })

  it('refreshes, pins and unpins, loudly in between', async () => {
    const { hubs, page } = await setUp()
    await page.goto('/')
    const { requested } = await hubs.refresh()
    await page.getByRole('button', { name: 'Refresh' }).click()
    await page.locator('.notice').waitFor()
    await until(hubs.refresh, ({ completed }) => Number(completed) > Number(requested))
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
    await banner.getByRole('link', { name: 'What would change…' }).click()
    await page.getByText('What the guard holds back, against').waitFor()
    await page.getByText('5 gone: 5 changes').waitFor()
    await page.getByRole('link', { name: 'Release…' }).click()
    await page.getByLabel('Your name').fill('ann')
    await page.getByRole('button', { name: /^Publish it to env-/ }).click()
    await until(hubs.published, (text) => text === JSON.stringify(running(['a'])))
    await banner.waitFor({ state: 'detached' })
  })

  it('says that Redis is away, and when it is back', async () => {
    const { hubs, page } = await setUp()
    await page.goto('/')
    try {
      redis().freeze()
      await page.locator('.lead', { hasText: 'Redis does not answer.' }).waitFor()
    } finally {
      redis().thaw()
    }
    await page.locator('.lead', { hasText: 'The newest revision is published.' }).waitFor()
    await hubs.close()
    await page.locator('.title .pill.none', { hasText: 'Not known' }).waitFor()
    expect(await page.title()).toMatch(/^not known: /)
    expect(await page.locator('.lead').textContent()).toMatch(/^This hub has not answered since /)
  })
})

describe('the dashboard under a path, behind nginx', () => {
  it('signs in with the token only, stays current, acts and signs out there', async () => {
    const { hubs, path } = await setUp({ token })
    const nginx = await startNginx(
      await blocksOf('dashboard.md', 'nginx', { 'hub-1:8081': new URL(hubs.first.adminUrl).host }),
    )
    cleanUps.push(nginx.close)
    const base = `https://127.0.0.1:${nginx.port}/vwo-hub`
    const { page, complaints } = await open({ ignoreHTTPSErrors: true })
    cleanUps.push(() => page.context().close())
    const beside: string[] = []
    page.on('request', (request) => {
      if (!request.url().startsWith(`${base}/`)) beside.push(request.url())
    })

    await page.goto(`${base}/`)
    await page.getByLabel('Admin token').fill('wrong')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('This is not the token').waitFor()
    expect(await page.getByLabel('Admin token').getAttribute('aria-invalid')).toBe('true')
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
    // The page learns from its stream that the session is over before it gets the answer, and lets the answer lead.
    await page.route(`${base}/logout`, async (route) => {
      const seen = page.waitForResponse(/\/login/)
      const answer = await route.fetch({ maxRedirects: 0 })
      await (await seen).finished()
      await route.fulfill({ response: answer })
    })
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL(`${base}/login`)
    await page.goto(`${base}${path}`)
    expect(new URL(page.url()).pathname).toBe('/vwo-hub/login')
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
    // Should it ever get into a page, the policy stops it.
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

describe('a page of another site', () => {
  it('gets nothing from the session of a browser', async () => {
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
