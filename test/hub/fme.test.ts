import { createHub } from '@vwo-hub/hub'
import { keysOf } from '@vwo-hub/protocol'
import { startVwoSimulator } from '@vwo-hub/sandbox'
import { createRequire } from 'node:module'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectRedis } from '../../packages/hub/dist/environment/connect.js'
import type { Judging } from '../../packages/hub/dist/product/product.js'
import { openJudgings } from '../../packages/hub/dist/product/products.js'
import {
  createSilentHub,
  environmentConfig,
  hubConfig,
  silentLog,
  webhookSecret,
} from '../support/hub-config.ts'
import { fmeSettings, rollout } from '../support/fme-settings.ts'
import { settingsFile, abTest } from '../support/settings-file.ts'
import { redisForFile } from '../support/redis-for-file.ts'
import { until } from '../support/until.ts'

const { server } = await redisForFile()
const account = { accountId: 123_456, sdkKey: 'the-sdk-key' }
const redis = connectRedis({ kind: 'standalone', url: server.url }, { name: 'looks' })
const [flags, campaigns] = [keysOf('flags'), keysOf('campaigns')]

const fmeVwo = await startVwoSimulator({ settingsFile: fmeSettings([{ key: 'a' }]), ...account })
const fullstackVwo = await startVwoSimulator({
  settingsFile: settingsFile({ ...account, campaigns: [abTest('a')] }),
  ...account,
})
const common = { accountId: String(account.accountId), sdkKey: account.sdkKey }
const config = hubConfig({
  redis: { kind: 'standalone', url: server.url },
  environments: [
    environmentConfig({
      ...common,
      name: 'flags',
      product: 'fme',
      sdk: 'vwo-fme-node-sdk',
      sdkVersion: '1.35.0',
      baseUrl: fmeVwo.url,
    }),
    // The same account and key: the product alone tells them apart.
    environmentConfig({ ...common, name: 'campaigns', baseUrl: fullstackVwo.url }),
  ],
})
const judgings = openJudgings(config)
const usersAskedFor: unknown[] = []
const hub = createHub(config, {
  log: silentLog,
  judgings: {
    ...judgings,
    of(product) {
      const judging = judgings.of(product)
      // Few show who moves: a decision of FME takes a millisecond.
      const preview: Judging['preview'] = async ({ users, ...options }) => {
        usersAskedFor.push(users)
        return await judging.preview({ ...options, users: 50 })
      }
      return { ...judging, preview }
    },
  },
})
let urls: Awaited<ReturnType<typeof hub.start>>

beforeAll(async () => {
  await redis.connect()
  urls = await hub.start()
  const both = () => Promise.all([flags, campaigns].map(({ meta }) => redis.hget(meta, 'revision')))
  await until(both, (revisions) => revisions.every((revision) => revision !== null))
})
afterAll(async () => {
  await hub.close()
  await Promise.all([fmeVwo.close(), fullstackVwo.close()])
  redis.disconnect()
})

describe('a hub with an environment of each product', () => {
  it('asks VWO for settings of FME as its SDK does', () => {
    const { url, query } = fmeVwo.requests[0] ?? expect.fail('nothing was asked')
    expect(url).toMatch(/^\/server-side\/v2-settings\?/)
    expect(query).toMatchObject({
      i: 'the-sdk-key',
      a: '123456',
      platform: 'server',
      sn: 'vwo-fme-node-sdk',
      sv: '1.35.0',
      'api-version': '1',
      s: 'prod',
    })
  })

  it('publishes each as what it is', async () => {
    const of = (key: string) => redis.hmget(key, 'product', 'protocol', 'campaigns', 'sdk')
    expect(await of(flags.meta)).toEqual(['fme', '3', '1', 'vwo-fme-node-sdk/1.35.0'])
    expect(await of(campaigns.meta)).toEqual(['fullstack', '1', '1', 'vwo-node-sdk/1.73.0'])
  })

  it('stands aside, by account, key and product, from what a hub of the other product has published', async () => {
    const other = createSilentHub(
      hubConfig({
        redis: { kind: 'standalone', url: server.url },
        environments: [environmentConfig({ ...common, name: 'flags', baseUrl: fullstackVwo.url })],
      }),
    )
    const asked = fullstackVwo.requests.length
    await other.start()
    const states = async () => {
      const answer = await fetch(`${urls.adminUrl}/v1/environments/flags`)
      const { hubs } = (await answer.json()) as { hubs: { readonly state: string }[] }
      return hubs.map(({ state }) => state).toSorted()
    }
    expect(await until(states, (seen) => seen.includes('foreign'))).toEqual(['foreign', 'ready'])
    await other.close()
    expect(fullstackVwo.requests).toHaveLength(asked)
    expect(await redis.hget(flags.meta, 'product')).toBe('fme')
  })

  it('asks v2-pull after a webhook, and says in words what it has published', async () => {
    const before = await redis.hget(flags.meta, 'revision')
    fmeVwo.announceTo({ url: `${urls.publicUrl}/webhooks/flags`, secret: webhookSecret })
    expect(await fmeVwo.set(fmeSettings([{ key: 'a', rules: [rollout({ weight: 40 })] }]))).toBe(true)
    await until(
      () => redis.hget(flags.meta, 'revision'),
      (revision) => revision !== before,
    )
    expect(fmeVwo.requests.at(-1)?.url).toMatch(/^\/server-side\/v2-pull\?/)
    const history = await fetch(`${urls.adminUrl}/v1/environments/flags/revisions`)
    const { revisions } = (await history.json()) as { revisions: object[] }
    expect(revisions[0]).toMatchObject({ summary: 'a: rule1 traffic 100 → 40 %', trigger: 'webhook' })
  })

  it('says of it what changed and who moves, and counts features, wherever people look', async () => {
    const of = `${urls.adminUrl}/v1/environments/flags/revisions`
    const moves = await fetch(`${of}/latest/moves`)
    expect(usersAskedFor).toEqual([2000])
    expect(await moves.json()).toMatchObject({
      users: 10,
      campaigns: [{ campaign: 'a', populations: [{ fits: 'all', enter: 0, flows: [{ from: 'rule1' }] }] }],
    })
    const page = async (name: string) => await (await fetch(`${urls.adminUrl}/environments/${name}`)).text()
    expect(await page('flags')).toMatch(/\b1 feature, /)
    expect(await page('flags')).not.toMatch(/\b1 campaign, /)
    expect(await page('campaigns')).toMatch(/\b1 campaign, /)
  })

  it('publishes nothing of the other product that comes in its place', async () => {
    const before = await redis.hget(flags.meta, 'revision')
    await fmeVwo.set(settingsFile({ ...account, campaigns: [abTest('a')] }))
    const entries = async () => await redis.xrevrange(flags.audit, '+', '-', 'COUNT', 5)
    await until(entries, (found) =>
      JSON.stringify(found).includes('features: expected an array, got nothing'),
    )
    expect(await redis.hget(flags.meta, 'revision')).toBe(before)
  })

  it('holds back what would end most of its features, and counts them as such', async () => {
    const many = (count: number) =>
      fmeSettings(Array.from({ length: count }, (_, index) => ({ key: `f${index}` })))
    await fmeVwo.set(many(8))
    const unitsNow = async () => await redis.hget(flags.meta, 'campaigns')
    await until(unitsNow, (units) => units === '8')
    await fmeVwo.set(many(2))
    expect(
      await until(
        () => redis.hget(flags.meta, 'held'),
        (held) => held !== null,
      ),
    ).toBe('6 of 8 running features would end: f2, f3, f4, f5, f6, f7')
    await fmeVwo.set(
      fmeSettings([
        { key: 'a', rules: [rollout({ weight: 40 })] },
        ...Array.from({ length: 7 }, (_, index) => ({ key: `f${index}` })),
      ]),
    )
    await until(
      () => redis.hexists(flags.meta, 'held'),
      (isHeld) => isHeld === 0,
    )
  })

  it('serves unmodified SDKs at the paths of their product, told apart by these alone', async () => {
    const query = 'a=123456&i=the-sdk-key'
    const ask = async (path: string) => {
      const answer = await fetch(`${urls.adminUrl}/server-side/${path}?${query}`)
      return { product: answer.headers.get('VWO-Hub-Product'), body: (await answer.json()) as object }
    }
    for (const path of ['v2-settings', 'v2-pull']) {
      const { product, body } = await ask(path)
      expect(product).toBe('fme')
      expect(body).toHaveProperty('features')
    }
    expect((await ask('settings')).product).toBe('fullstack')
  })

  it('is what the real SDK fetches from', async () => {
    const { init } = createRequire(new URL('../../packages/hub/package.json', import.meta.url))(
      'vwo-fme-node-sdk',
    ) as {
      init(
        options: object,
      ): Promise<{ getFlag(key: string, context: object): Promise<{ isEnabled(): boolean }> }>
    }
    const answer = await fetch(`${urls.adminUrl}/server-side/v2-settings?a=123456&i=the-sdk-key`)
    const nothing = {
      getStatusCode: () => 200,
      getData: () => ({}),
      getError() {},
      getTotalAttempts: () => 0,
    }
    const client = await init({
      accountId: '123456',
      sdkKey: 'the-sdk-key',
      settings: await answer.json(),
      network: { client: { GET: async () => nothing, POST: async () => nothing } },
      logger: { level: 'ERROR', transports: [{ level: 'ERROR', log() {} }] },
      pollInterval: 2 ** 31 - 1,
    })
    const flagsOn = await Promise.all(
      Array.from({ length: 50 }, async (_, user) =>
        (await client.getFlag('a', { id: `u${user}` })).isEnabled(),
      ),
    )
    expect(new Set(flagsOn)).toEqual(new Set([true, false]))
  })
})
