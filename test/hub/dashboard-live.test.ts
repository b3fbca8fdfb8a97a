import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { products } from '../../packages/hub/dist/product/products.js'
import * as fme from '../support/fme-settings.ts'
import { createSilentHub, environmentConfig, hubConfig } from '../support/hub-config.ts'
import { running, startHubs } from '../support/hubs.ts'
import { createPublisher } from '../support/publisher.ts'
import { redisForFile } from '../support/redis-for-file.ts'
import { abTest, featureRollout, featureTest, settingsFile, variation } from '../support/settings-file.ts'
import { until } from '../support/until.ts'

const { server, cleanUps } = await redisForFile()
const textOf = (file: object) => Buffer.from(JSON.stringify(file))

/** What a hub shows of what is live, where these were published one after the other. */
async function liveOf(...files: readonly object[]) {
  const name = `env-${randomUUID()}`
  const publisher = await createPublisher(server.url, name)
  cleanUps.push(publisher.close)
  const publishedAt: string[] = []
  for (const file of files)
    publishedAt.push(new Date(await publisher.publish(JSON.stringify(file))).toISOString())
  const redis = { kind: 'standalone', url: server.url } as const
  const hub = createSilentHub(hubConfig({ redis, environments: [environmentConfig({ name })] }))
  cleanUps.push(() => hub.close())
  const { adminUrl } = await hub.start()
  const base = `${adminUrl}/environments/${name}`
  const read = async (query: Record<string, string>, place = '') =>
    await (await fetch(`${base}${place}?${new URLSearchParams(query).toString()}`)).text()
  return {
    publishedAt,
    /** The part of the page of the environment, once all of it is found out. */
    async shown(query: Record<string, string> = {}) {
      const page = await until(
        () => read(query),
        (seen) => seen.includes('id="live"') && !/being read…|being found out…/.test(seen),
      )
      const [, section = ''] = /id="live"(.*?)<\/section>/s.exec(page) ?? []
      return section
    },
    /** The page of one of them. */
    unit: async (key: string) => await read({ key }, '/unit'),
  }
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
    const words = wordsOf(await (await liveOf(file)).shown())
    expect(words).toContain('checkout A/B test, group Basket 40 % Control 30 · Green 70 plan = "gold"')
    expect(words).toContain('search rollout 12.5 % all the same all users colour = "blue"')
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
    const file = (...traffic: readonly (readonly [key: string, percent: number])[]) =>
      settingsFile({ campaigns: traffic.map(([key, percentTraffic]) => abTest(key, { percentTraffic })) })
    const { shown, unit, publishedAt } = await liveOf(
      file(['a', 10], ['b', 10], ['there', 100]),
      file(['a', 20], ['b', 20], ['there', 100]),
      file(['a', 20], ['b', 30], ['there', 100], ['c', 100]),
    )
    const section = await shown()
    expect(keysIn(section)).toEqual(['b', 'c', 'a', 'there'])
    expect(section).toContain(`before <time datetime="${publishedAt[0]}"`)
    const changesOf = async (key: string) => (await unit(key)).match(/traffic \d+ → \d+ %|now running/g)
    expect([await changesOf('a'), await changesOf('b'), await changesOf('c')]).toEqual([
      ['traffic 10 → 20 %'],
      ['traffic 20 → 30 %', 'traffic 10 → 20 %'],
      ['now running'],
    ])
  })

  it('puts no change to one of two whose long names read the same', async () => {
    const long = 'x'.repeat(100)
    const file = (traffic: number) =>
      settingsFile({ campaigns: [abTest(`${long}a`, { percentTraffic: traffic }), abTest(`${long}b`)] })
    const section = await (await liveOf(file(10), file(20))).shown()
    expect(section.match(/before <time/g)).toHaveLength(2)
    expect(section).not.toContain('→')
  })

  it('is told without the sdkKey, though it be the name of a campaign', async () => {
    const key = 'the-key-of-the-account'
    const section = await (await liveOf(settingsFile({ sdkKey: key, campaigns: [abTest(key)] }))).shown()
    expect(wordsOf(section)).toContain('1 campaign, 1 running.')
    expect(section).not.toContain(key)
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
    const { shown } = await liveOf(settingsFile({ campaigns }), settingsFile({ campaigns: changed }))
    const page = await shown()
    expect(keysIn(page).slice(0, 3)).toEqual(['campaign-500', 'campaign-000', 'campaign-001'])
    expect(keysIn(page)).toHaveLength(15)
    expect(page.length).toBeLessThan(30_000)
    expect(keysIn(await shown({ page: '2' }))[0]).toBe('campaign-014')
    expect(keysIn(await shown({ page: '999' }))).toHaveLength(10)
    expect(keysIn(await shown({ sort: 'name', q: 'GN-99' }))[0]).toBe('campaign-990')
    expect(keysIn(await shown({ sort: 'traffic' }))[0]).toBe('campaign-100')
    expect(keysIn(await shown({ show: 'others' }))).toEqual(['campaign-007'])
    expect(wordsOf(await shown({ q: '<img>' }))).toContain('None of them is like that.')
  })

  it('says why where it cannot be read, and what is known where the history has a gap', async () => {
    const gap = await liveOf(running(['a'], 1), fme.fmeSettings([]), running(['a'], 3), running(['a'], 4))
    expect(wordsOf(await gap.shown())).toContain('traffic 3 → 4 %')
    const unit = await gap.unit('a')
    expect(unit.match(/traffic \d+ → \d+ %/g)).toEqual(['traffic 3 → 4 %'])
    expect(unit).toContain(`There since before <time datetime="${gap.publishedAt[2]}"`)
    const failed = await liveOf(fme.fmeSettings([]))
    expect(await failed.shown()).toContain('expected them of product &quot;fullstack&quot;')
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
