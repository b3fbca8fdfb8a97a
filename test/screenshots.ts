/**
 * Makes the pictures of the dashboard for the README and the documentation, from a hub that runs.
 *
 *     pnpm run screenshots
 *
 * @module
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startRedisServer } from '@vwo-hub/sandbox'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { openPage, startBrowser } from './support/browser.ts'
import { type Hubs, startHubs } from './support/hubs.ts'
import { abTest, featureRollout, featureTest, settingsFile, variation } from './support/settings-file.ts'
import { until } from './support/until.ts'

const images = join(import.meta.dirname, '../docs/images')
const wide: BrowserContextOptions = { viewport: { width: 1120, height: 860 }, deviceScaleFactor: 2 }
const phone: BrowserContextOptions = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 }

/** A day at VWO: each is published after the one before. */
const days = [
  { search: 20, control: 50 },
  { search: 50, control: 50 },
  { search: 50, control: 20 },
].map(({ search, control }, index) =>
  settingsFile({
    accountId: 123_456,
    sdkKey: 'the-sdk-key',
    campaigns: [
      abTest('checkout-button', {
        id: 11,
        percentTraffic: 80,
        segments: { or: [{ custom_variable: { plan: 'gold' } }, { custom_variable: { country: 'DE' } }] },
        variations: [variation(1, 'Control', control), variation(2, 'Green', 100 - control)],
      }),
      featureRollout('new-search', { percentTraffic: search }),
      featureTest('discount'),
      abTest('pricing-page', { id: 12, percentTraffic: 25 }),
      abTest('free-shipping', { id: 13, status: 'PAUSED' }),
      ...(index < 2 ? [abTest('old-banner')] : []),
    ],
    groups: { 1: { name: 'Checkout', campaigns: [11, 12] } },
    campaignGroups: { 11: 1, 12: 1 },
  }),
)

/** Many nodes as they report themselves, some of them late. */
async function reportNodes({ redis, keys, meta }: Hubs, late: number): Promise<void> {
  const { revision = '' } = await meta()
  const [, previous = ''] = await redis.zrevrange(keys.revisions, 0, 1)
  const pipeline = redis.pipeline()
  for (let index = 0; index < 200; index += 1) {
    const id = `checkout-${String(index + 1).padStart(3, '0')}`
    const isLate = index >= 200 - late
    pipeline.hset(keys.node(id), {
      state: 'ready',
      revision: isLate ? previous : revision,
      appliedAt: new Date().toISOString(),
      ...(!isLate && { lagMs: Math.round(40 + 3.2 * ((index * 37) % 113)) }),
      host: id,
      pid: 1,
      sdk: 'vwo-node-sdk/1.73.0',
      client: '0.1.0',
    })
    pipeline.zadd(keys.nodes, Date.now(), id)
  }
  await pipeline.exec()
}

/** A day as hubs keep it: nodes that come and go with the traffic, an hour without VWO, and how fast each revision came. */
async function keepADay({ redis, keys, handle }: Hubs): Promise<void> {
  const now = await handle.now()
  const pipeline = redis.pipeline().del(keys.minutes)
  let [fetches, failures] = [0, 0]
  for (let minutesAgo = 24 * 60; minutesAgo > 0; minutesAgo -= 1) {
    const at = now - (now % 60_000) - minutesAgo * 60_000
    const nodes = 170 + Math.round(30 * Math.cos((minutesAgo * Math.PI) / 720))
    const behind = minutesAgo % 240 === 30 ? 24 : 0
    const isAway = minutesAgo > 540 && minutesAgo < 600
    fetches += isAway ? 3 : 1
    failures += isAway ? 3 : 0
    const sample = { nodes, newest: nodes - behind, behind, fetches, failures }
    pipeline.xadd(keys.minutes, `${at}-0`, ...Object.entries(sample).flat())
  }
  for (const [index, revision] of (await handle.read.revisions()).entries()) {
    const spread = {
      nodes: 200 - index,
      p50Ms: 60 + 190 * index,
      p95Ms: 300 + 400 * index,
      maxMs: 400 + 900 * index,
    }
    pipeline.hset(keys.spread, String(revision), JSON.stringify(spread))
  }
  await pipeline.exec()
}

/** Pastes the settings-file of another day, and waits for what it would change. */
async function paste(page: Page): Promise<void> {
  await page.getByLabel('Or as text').fill(JSON.stringify(days[1]))
  await page.getByLabel('Your name').fill('ann')
  await page.getByLabel('Why').fill('VWO cannot be reached')
  await page.getByRole('button', { name: 'Show what that changes' }).click()
  await page.getByRole('button', { name: 'Publish it to prod' }).waitFor()
}

const folder = await mkdtemp(join(tmpdir(), 'vwo-hub-screenshots-'))
// Inter where it is installed: what a bare machine offers as its own font is not what people see.
const fonts = join(folder, 'fonts.conf')
const aliases = ['system-ui', 'sans', 'sans-serif', 'DejaVu Sans'].map(
  (family) => `<match target="pattern"><test name="family"><string>${family}</string></test>
  <edit name="family" mode="prepend" binding="strong"><string>Inter</string></edit></match>`,
)
await writeFile(
  fonts,
  `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>${aliases.join('')}</fontconfig>`,
)
await mkdir(images, { recursive: true })
const server = await startRedisServer()
const browser = await startBrowser({ FONTCONFIG_FILE: fonts })
const [first, ...others] = days
const hubs = await startHubs({
  url: server.url,
  ...(first && { settings: first }),
  hubs: 2,
  config: { adminToken: undefined },
  environment: { name: 'prod' },
})

async function take(
  name: string,
  path: string,
  options: BrowserContextOptions,
  before: (page: Page) => Promise<void> = async () => {},
): Promise<void> {
  const { page } = await openPage(browser, { ...options, baseURL: hubs.first.adminUrl, locale: 'en-GB' })
  // Whom a change moves takes long where the machine has other things to do.
  page.setDefaultTimeout(120_000)
  await page.goto(path)
  await page.getByText('Being decided').waitFor({ state: 'detached' })
  await page.getByText('It is being read').waitFor({ state: 'detached' })
  await page.getByText('being found out').first().waitFor({ state: 'detached' })
  await before(page)
  // What fills in has come, what moves is at rest, and what counts is counted.
  await page.evaluate(async () => {
    await Promise.all(document.getAnimations().map(({ finished }) => finished))
  })
  await page.screenshot({ path: join(images, `${name}.png`) })
  await page.context().close()
}

/** Types in a user, and waits for why he gets what he gets. */
async function explain(page: Page): Promise<void> {
  await page.getByLabel('User id').fill('user-42')
  await page.getByLabel('Custom variables').fill('{"plan":"gold"}')
  await page.getByRole('button', { name: 'Explain' }).click()
  await page.getByText('Decided by the real SDK, with revision').waitFor()
  await page.evaluate(() => scrollTo(0, 0))
}

try {
  for (const [index, day] of others.entries()) {
    await hubs.vwo.set(day)
    await until(hubs.whats, (whats) => whats.filter((what) => what === 'publish').length === index + 2)
  }
  const page = `/environments/${hubs.environment}`
  await reportNodes(hubs, 23)
  await keepADay(hubs)
  await take('dashboard', page, wide)
  await take('time', page, { ...wide, viewport: { width: 1120, height: 1400 } }, async (shown) => {
    await shown.locator('#nodes-title').evaluate((title) => title.closest('.cards')?.scrollIntoView())
  })
  await take('publish', `${page}/publish`, wide, paste)
  await take(
    'campaign',
    `${page}/unit?key=checkout-button`,
    { ...wide, viewport: { width: 1120, height: 1240 } },
    explain,
  )
  await take('changes', `${page}/revisions/latest?moves=1`, wide)
  await take('rollback', `${page}/rollback?moves=1`, wide)
  const plan = await hubs.acts.planRollback()
  await hubs.acts.rollback(plan, { as: 'ann', reason: 'checkout is broken', pinForMs: 3_600_000 })
  await until(hubs.refresh, ({ requested, completed }) => requested === completed)
  await reportNodes(hubs, 0)
  await take('pinned', page, { ...wide, colorScheme: 'dark' })
  await take('phone', page, phone)
} finally {
  await hubs.close()
  await browser.close()
  await server.close()
  await rm(folder, { recursive: true })
}
// What judges for the hubs of this process ends with it.
process.exit()
