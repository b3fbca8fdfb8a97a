import { describe, expect, it } from 'vitest'
import { liveQueryOf } from '../../packages/hub/dist/http/dashboard/live-query.js'
import { liveSection } from '../../packages/hub/dist/http/dashboard/live-section.js'
import type { Live } from '../../packages/hub/dist/operate/what-is-live.js'
import { createReadLive } from '../../packages/hub/dist/operate/what-is-live.js'
import type { RevisionEntry } from '../../packages/hub/dist/environment/read-history.js'
import { format } from '../../packages/hub/dist/product/fullstack/judge/format.js'
import { campaignOverviews } from '../../packages/hub/dist/product/fullstack/summary/campaign-overview.js'
import { products } from '../../packages/hub/dist/product/products.js'
import { sayChanges } from '../../packages/hub/dist/product/summary/say-changes.js'
import { sayOverview } from '../../packages/hub/dist/product/summary/say-overview.js'
import * as fme from '../support/fme-settings.ts'
import { running, startHubs } from '../support/hubs.ts'
import { redisForFile } from '../support/redis-for-file.ts'
import {
  abTest,
  featureRollout,
  featureTest,
  type PlainSettingsFile,
  settingsFile,
  variation,
} from '../support/settings-file.ts'
import { until } from '../support/until.ts'

const { server, cleanUps } = await redisForFile()
/** Without a thread: what is told is looked at here, and the page below has it from one. */
const judging = {
  overview: async (text: Uint8Array) => sayOverview(format, text, campaignOverviews),
  changes: async (before: Uint8Array, after: Uint8Array) => sayChanges(format, { before, after }),
}
const textOf = (file: object) => Buffer.from(JSON.stringify(file))

/** What is live of settings-files that were published one after the other. */
async function liveOf(...files: readonly PlainSettingsFile[]) {
  const texts = files.map(textOf)
  const revisions = texts.map((_, index) => 1_764_000_000_000 + 60_000 * index)
  const newest = revisions.at(-1) ?? 0
  const read = createReadLive({
    judging,
    current: () => undefined,
    read: async (revision) => {
      return { revision, text: texts[revisions.indexOf(revision)] ?? expect.fail('nobody published that') }
    },
  })
  const history = revisions.map((revision) => ({ revision }) as RevisionEntry).toReversed()
  const live = await read(newest, history, 60_000)
  if (live.state !== 'known') return expect.fail(live.state)
  return live
}

/** The same as a page shows it: its texts, without marks. */
async function shown(live: Live, query: Record<string, string> = {}): Promise<string> {
  const now = '2025-11-24T16:30:00.000Z'
  const options = { base: 'prod', live, query: liveQueryOf(query), unit: 'campaign', now }
  return String(await liveSection(options))
}
const wordsOf = (page: string) =>
  page
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll('&quot;', '"')
    .replaceAll(/\s+/g, ' ')
const keysIn = (page: string) => [...page.matchAll(/unit\?key=([^"]*)"/g)].map(([, key]) => key)

describe('what is live', () => {
  it('is each campaign with its status, traffic, split, segment, group and variables', async () => {
    const file = settingsFile({
      campaigns: [
        abTest('checkout', {
          id: 7,
          percentTraffic: 40,
          segments: { or: [{ custom_variable: { plan: 'gold' } }] },
          variations: [variation(1, 'Control', 30), variation(2, 'Green', 70)],
        }),
        featureRollout('search', { percentTraffic: 12.5 }),
        featureTest('discount', { status: 'PAUSED' }),
      ],
      groups: { 3: { name: 'Basket', campaigns: [7] } },
      campaignGroups: { 7: 3 },
    })
    const { units } = await liveOf(file)
    expect(units).toMatchObject([
      {
        key: 'checkout',
        kind: 'A/B test',
        status: 'running',
        rules: [
          {
            traffic: 40,
            segment: 'plan = "gold"',
            group: 'Basket',
            split: [
              { name: 'Control', weight: 30 },
              { name: 'Green', weight: 70 },
            ],
          },
        ],
      },
      {
        kind: 'rollout',
        rules: [{ traffic: 12.5, segment: 'all users', split: [], variables: ['colour = "blue"'] }],
      },
      { kind: 'feature test', status: 'paused', isRunning: false },
    ])
    const words = wordsOf(await shown(await liveOf(file)))
    expect(words).toContain('checkout A/B test, group Basket 40 % Control 30 · Green 70 plan = "gold"')
    expect(words).toContain('discount paused feature test')
    expect(words).toContain('3 campaigns, 2 running.')
  })

  it('is each feature with its rules', async () => {
    const file = fme.fmeSettings([
      {
        key: 'checkout',
        rules: [fme.rollout({ weight: 60, segments: {} }), fme.abTest({ percentTraffic: 20 })],
      },
      { key: 'bare', rules: [] },
    ])
    const { units } = await products.fme.open().overview(textOf(file))
    expect(units).toMatchObject([
      {
        key: 'checkout',
        status: 'running',
        rules: [
          { traffic: 60, segment: 'all users', split: [], variables: ['label = "rolled out"'] },
          {
            traffic: 20,
            split: [
              { name: 'Control', weight: 50 },
              { name: 'Variation-1', weight: 50 },
            ],
          },
        ],
      },
      { key: 'bare', status: 'off', isRunning: false, rules: [] },
    ])
  })

  it('says of each what the kept revisions changed, the newest first', async () => {
    const { units, since } = await liveOf(
      running(['a', 'b'], 10),
      running(['a', 'b'], 20),
      settingsFile({
        campaigns: [abTest('a', { percentTraffic: 20 }), abTest('b', { percentTraffic: 30 }), abTest('c')],
      }),
    )
    expect(units.map(({ key, changes }) => [key, changes.map(({ texts }) => texts)])).toEqual([
      ['a', [['traffic 10 → 20 %']]],
      ['b', [['traffic 20 → 30 %'], ['traffic 10 → 20 %']]],
      ['c', [[expect.stringContaining('now running')]]],
    ])
    expect(since).toBe(1_764_000_000_000)
  })

  it('puts no change to one of two whose long names read the same', async () => {
    const long = 'x'.repeat(100)
    const file = (traffic: number) =>
      settingsFile({ campaigns: [abTest(`${long}a`, { percentTraffic: traffic }), abTest(`${long}b`)] })
    const { units } = await liveOf(file(10), file(20))
    expect(units.map(({ changes }) => changes)).toEqual([[], []])
  })

  it('is told without the sdkKey, though it be the name of a campaign', async () => {
    const key = 'the-key-of-the-account'
    const live = await liveOf(settingsFile({ sdkKey: key, campaigns: [abTest(key)] }))
    expect(JSON.stringify(live)).not.toContain(key)
  })

  it('is found and put in order by the address, and a page has fifteen of a thousand', async () => {
    const campaigns = Array.from({ length: 1000 }, (_, index) =>
      abTest(`campaign-${String(index).padStart(3, '0')}`, {
        id: index + 1,
        percentTraffic: index % 101,
        status: index === 7 ? 'PAUSED' : 'RUNNING',
      }),
    )
    const changed = campaigns.map((each) => (each.id === 501 ? { ...each, percentTraffic: 99 } : each))
    const live = await liveOf(settingsFile({ campaigns }), settingsFile({ campaigns: changed }))
    const page = await shown(live)
    expect(keysIn(page).slice(0, 3)).toEqual(['campaign-500', 'campaign-000', 'campaign-001'])
    expect(keysIn(page)).toHaveLength(15)
    expect(page.length).toBeLessThan(30_000)
    expect(keysIn(await shown(live, { page: '2' }))[0]).toBe('campaign-014')
    expect(keysIn(await shown(live, { page: '999' }))).toHaveLength(10)
    expect(keysIn(await shown(live, { sort: 'name', q: 'GN-99' }))[0]).toBe('campaign-990')
    expect(keysIn(await shown(live, { sort: 'traffic' }))[0]).toBe('campaign-100')
    expect(keysIn(await shown(live, { show: 'others' }))).toEqual(['campaign-007'])
    expect(wordsOf(await shown(live, { q: '<img>' }))).toContain('None of them is like that.')
  })

  it('says why where it cannot be read, and what is known where the history has a gap', async () => {
    const read = createReadLive({
      judging,
      current: () => undefined,
      read: async (revision) => {
        const files: Record<number, object> = {
          1: running(['a'], 1),
          3: running(['a'], 3),
          4: running(['a'], 4),
        }
        return { revision, text: textOf(files[revision] ?? fme.fmeSettings([])) }
      },
    })
    const history = [4, 3, 2, 1].map((revision) => ({ revision }) as RevisionEntry)
    const live = await read(4, history, 60_000)
    expect(live).toMatchObject({
      state: 'known',
      since: 3,
      isGrowing: false,
      units: [{ changes: [{ revision: 4 }] }],
    })
    const failed = await read(2, [], 60_000)
    expect(await shown(failed)).toContain('expected them of product &quot;fullstack&quot;')
  })
})

describe('the page of one campaign', () => {
  const name = 'a <b>/?&# "test"'

  async function setUp() {
    const hubs = await startHubs({
      url: server.url,
      settings: running([name], 10),
      config: { adminToken: undefined },
    })
    cleanUps.push(hubs.close)
    await hubs.vwo.set(running([name], 20))
    await until(hubs.whats, (whats) => whats.length === 2)
    const base = `${hubs.first.adminUrl}/environments/${hubs.environment}`
    const first = await fetch(`${base}/unit?${new URLSearchParams({ key: name }).toString()}`)
    const cookie = first.headers
      .getSetCookie()
      .map((each) => each.split(';')[0])
      .join('; ')
    const text = await first.text()
    const csrf = /name="csrf" value="([^"]+)"/.exec(text)?.[1] ?? ''
    const explain = async (form: Record<string, string>) =>
      await fetch(first.url, {
        method: 'POST',
        headers: { cookie, origin: hubs.first.adminUrl },
        body: new URLSearchParams(form),
      })
    return { base, text, csrf, explain }
  }

  it('has its history, and explains a user that is typed in', async () => {
    const { base, text, csrf, explain } = await setUp()
    expect(wordsOf(text)).toContain('traffic 10 → 20 %')
    expect(text).not.toContain('<b>')
    const link = /<a href="[^"]*(\/unit\?key=[^"]*)"/.exec(await (await fetch(base)).text())?.[1] ?? ''
    expect((await fetch(base + link.replaceAll('&amp;', '&'))).status).toBe(200)
    const answered = await (await explain({ csrf, user: 'user-1', variables: '{"plan":"gold"}' })).text()
    expect(wordsOf(answered)).toMatch(/user-1 : (no variation|Control|Variation-1)/)
    expect(wordsOf(answered)).toContain('The campaign takes 20 % of them')
    const wrong = await (await explain({ csrf, user: 'user-1', variables: '[1' })).text()
    expect(wordsOf(wrong)).toContain('Custom variables: expected an object of JSON')
    expect((await explain({ csrf: 'forged', user: 'user-1' })).status).toBe(403)
    expect((await fetch(`${base}/unit?key=nobody`)).status).toBe(404)
  })
})
