import { Redis } from 'ioredis'
import vwoSdk from 'vwo-node-sdk'
import { describe, expect, it } from 'vitest'
import { createClient } from '@vwo-hub/client'
import { keysOf } from '@vwo-hub/protocol'
import { type RedisServer, startRedisServer } from '@vwo-hub/sandbox'
import { type Family, parseExposition, valueOf } from '../support/exposition.ts'
import { account, webhookSecret } from '../support/hub-config.ts'
import { startHubs } from '../support/hubs.ts'
import { settingsFile } from '../support/settings-file.ts'
import { until } from '../support/until.ts'
import { redisForFile } from '../support/redis-for-file.ts'

const { server, cleanUps } = await redisForFile()

async function setUp(options: { redis?: RedisServer } = {}) {
  const { redis = server } = options
  const hubs = await startHubs({
    url: redis.url,
    settings: settingsFile({ ...account, campaigns: [] }),
    config: { adminToken: 'the-admin-token', fetchTimeoutMs: 500 },
  })
  cleanUps.push(hubs.close)
  const { environment, vwo, handle } = hubs
  const { publicUrl, adminUrl } = hubs.first
  const authorized = { headers: { authorization: 'Bearer the-admin-token' } }
  const scrapeText = async () => await (await fetch(`${adminUrl}/metrics`, authorized)).text()
  const scrape = async () => parseExposition(await scrapeText())
  const scrapeUntil = (isMet: (families: Map<string, Family>) => boolean) => until(scrape, isMet)
  const post = (name: string, header: string) =>
    fetch(`${publicUrl}/webhooks/${name}`, {
      method: 'POST',
      headers: { 'x-vwo-auth': header },
      body: '{"event":"settings_changed"}',
    })
  const own = { environment }
  await scrapeUntil((seen) => (valueOf(seen, 'vwo_hub_settings_revision', own) ?? 0) > 0)
  return { environment, own, vwo, handle, adminUrl, scrape, scrapeText, scrapeUntil, post }
}

describe('GET /metrics', () => {
  it('is what Prometheus reads, and only with the token', async () => {
    const { adminUrl, scrape } = await setUp()
    expect((await fetch(`${adminUrl}/metrics`)).status).toBe(401)
    const response = await fetch(`${adminUrl}/metrics`, {
      headers: { authorization: 'Bearer the-admin-token' },
    })
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    const families = await scrape()
    for (const { name, type, help } of families.values()) {
      expect([name, type]).toEqual([name, expect.stringMatching(/^(counter|gauge|histogram|summary)$/)])
      expect([name, help.length > 0]).toEqual([name, true])
      if (name.startsWith('vwo_')) expect(name.endsWith('_total')).toBe(type === 'counter')
    }
    expect([...families.keys()].filter((name) => name.startsWith('vwo_')).toSorted()).toEqual([
      'vwo_hub_admin_tokens_refused_total',
      'vwo_hub_app_requests_total',
      'vwo_hub_apps_waiting',
      'vwo_hub_build_info',
      'vwo_hub_candidates_refused_total',
      'vwo_hub_failing',
      'vwo_hub_fetch_duration_seconds',
      'vwo_hub_fetches_total',
      'vwo_hub_foreign_hubs',
      'vwo_hub_held',
      'vwo_hub_held_until_timestamp_seconds',
      'vwo_hub_nodes',
      'vwo_hub_nodes_beyond_limit',
      'vwo_hub_outdated_answers_total',
      'vwo_hub_pinned',
      'vwo_hub_propagation_seconds',
      'vwo_hub_redis_no_writes',
      'vwo_hub_redis_up',
      'vwo_hub_settings_bytes',
      'vwo_hub_settings_last_success_timestamp_seconds',
      'vwo_hub_settings_revision',
      'vwo_hub_settings_warnings',
      'vwo_hub_webhooks_total',
    ])
    expect(families.has('process_resident_memory_bytes')).toBe(true)
  })

  it('[invariant 8] counts webhooks by what became of them, and tells no secret; a name that is no environment is no label', async () => {
    const { environment, own, post, scrape, scrapeText } = await setUp()
    expect((await post(environment, webhookSecret)).status).toBe(200)
    await post(environment, 'wrong')
    await post('nobody-knows-me', webhookSecret)
    await post('evil"} 1 # ', webhookSecret)
    const families = await scrape()
    const count = (labels: Record<string, string>) => valueOf(families, 'vwo_hub_webhooks_total', labels)
    expect(count({ ...own, result: 'accepted' })).toBe(1)
    expect(count({ ...own, result: 'refused' })).toBe(1)
    expect(count({ ...own, result: 'malformed' })).toBe(0)
    expect(count({ environment: '_unknown', result: 'refused' })).toBe(2)
    const text = await scrapeText()
    expect(text).not.toMatch(/nobody-knows-me|evil|the-webhook-secret|the-sdk-key|the-admin-token/)
    const names = new Set(
      [...families.values()].flatMap(({ samples }) =>
        samples.flatMap(({ labels }) => labels['environment'] ?? []),
      ),
    )
    expect([...names].toSorted()).toEqual(['_unknown', environment])
  })

  it('counts fetches by what caused them and what they came to, and times them', async () => {
    const { environment, own, vwo, post, scrapeUntil } = await setUp()
    const count = (families: Map<string, Family>, trigger: string, result: string) =>
      valueOf(families, 'vwo_hub_fetches_total', { ...own, trigger, result })
    await vwo.set(settingsFile({ ...account, version: 2, campaigns: [] }), { announce: false })
    await post(environment, webhookSecret)
    await scrapeUntil((seen) => count(seen, 'webhook', 'published') === 1)
    // Once more: the revision is read before the counters are.
    const published = await scrapeUntil(() => true)
    expect(count(published, 'start', 'published')).toBe(1)
    expect(count(published, 'webhook', 'settings-refused')).toBe(0)
    expect(valueOf(published, 'vwo_hub_fetch_duration_seconds_count', own)).toBe(2)

    await vwo.set('{"version":3,"accountId":123456,"campaigns":[null]}', { announce: false })
    await post(environment, webhookSecret)
    const refused = await scrapeUntil((seen) => (count(seen, 'webhook', 'settings-refused') ?? 0) >= 1)
    expect(valueOf(refused, 'vwo_hub_candidates_refused_total', own)).toBeGreaterThanOrEqual(1)
    expect(valueOf(refused, 'vwo_hub_settings_revision', own)).toBe(
      valueOf(published, 'vwo_hub_settings_revision', own),
    )
    const failing = { ...own, result: 'settings-refused' }
    await scrapeUntil((seen) => valueOf(seen, 'vwo_hub_failing', failing) === 1)
    await vwo.set(settingsFile({ ...account, version: 4, campaigns: [] }), { announce: false })
    await scrapeUntil((seen) => valueOf(seen, 'vwo_hub_failing', failing) === 0)
  })

  it('counts fetches that follow a webhook, and answers that were out of date', async () => {
    const { environment, own, vwo, post, scrapeUntil } = await setUp()
    const count = (families: Map<string, Family>, trigger: string, result: string) =>
      valueOf(families, 'vwo_hub_fetches_total', { ...own, trigger, result })
    vwo.fault({ kind: 'outdated', times: 1 })
    await vwo.set(settingsFile({ ...account, version: 2, campaigns: [] }), { announce: false })
    await post(environment, webhookSecret)
    const found = await scrapeUntil((seen) => count(seen, 'recheck', 'published') === 1)
    expect(count(found, 'webhook', 'unchanged')).toBe(1)
    expect(valueOf(found, 'vwo_hub_outdated_answers_total', own)).toBe(0)

    vwo.fault({ kind: 'outdated', times: 1 })
    await post(environment, webhookSecret)
    await scrapeUntil((seen) => valueOf(seen, 'vwo_hub_outdated_answers_total', own) === 1)
  })

  it('shows what is published, held and pinned, and since when VWO has not answered', async () => {
    const { environment, own, scrape } = await setUp()
    const { redis, keys } = connect(environment)
    const before = await scrape()
    const meta = await redis.hgetall(keys.meta)
    expect(valueOf(before, 'vwo_hub_settings_revision', own)).toBe(Number(meta['revision']))
    expect(valueOf(before, 'vwo_hub_settings_bytes', own)).toBe(Number(meta['bytes']))
    expect(valueOf(before, 'vwo_hub_settings_last_success_timestamp_seconds', own)).toBe(
      Date.parse(meta['checkedAt'] ?? '') / 1000,
    )
    expect(['held', 'pinned'].map((name) => valueOf(before, `vwo_hub_${name}`, own))).toEqual([0, 0])
    await redis.hset(keys.meta, {
      held: 'it would end 9 of 10 campaigns',
      heldUntil: '2999-01-01T00:00:00Z',
      pinnedUntil: '2999-01-01T00:00:00Z',
    })
    const after = await scrape()
    expect(['held', 'pinned'].map((name) => valueOf(after, `vwo_hub_${name}`, own))).toEqual([1, 1])
    expect(valueOf(after, 'vwo_hub_held_until_timestamp_seconds', own)).toBe(
      Date.parse('2999-01-01T00:00:00Z') / 1000,
    )
  })

  it('counts nodes by state, and tells how long revisions took to them', async () => {
    const { environment, own, vwo, post, scrape, scrapeUntil } = await setUp()
    const nodes = (families: Map<string, Family>, state: string) =>
      valueOf(families, 'vwo_hub_nodes', { ...own, state })
    const propagated = (families: Map<string, Family>) =>
      valueOf(families, 'vwo_hub_propagation_seconds_count', own)
    expect(nodes(await scrape(), 'current')).toBe(0)
    const apps = Array.from({ length: 3 }, () =>
      createClient({ environment, redis: server.url, sdk: vwoSdk, launch: { isDevelopmentMode: true } }),
    )
    cleanUps.push(() => Promise.all(apps.map((app) => app.close())))
    const begun = await scrapeUntil((seen) => nodes(seen, 'current') === 3)
    // They began after that revision was published: it did not have to reach them.
    expect(propagated(begun)).toBe(0)
    await vwo.set(settingsFile({ ...account, version: 2, campaigns: [] }), { announce: false })
    await post(environment, webhookSecret)
    const spread = await scrapeUntil((seen) => propagated(seen) === 3)
    expect(valueOf(spread, 'vwo_hub_propagation_seconds_sum', own)).toBeLessThan(60)
    expect(propagated(await scrape())).toBe(3)

    const { redis, keys } = connect(environment)
    await redis.zadd(keys.nodes, Date.now(), 'behind')
    await redis.hset(keys.node('behind'), { revision: 1, state: 'ready' })
    expect(nodes(await scrape(), 'lagging')).toBe(1)
  })

  it('answers while Redis is down, with what it knew, and says so', async () => {
    const redis = await startRedisServer()
    cleanUps.push(redis.close)
    const { own, scrape, scrapeUntil } = await setUp({ redis })
    const before = await scrape()
    expect(valueOf(before, 'vwo_hub_redis_up')).toBe(1)
    await redis.close()
    const after = await scrapeUntil((seen) => valueOf(seen, 'vwo_hub_redis_up') === 0)
    expect(valueOf(after, 'vwo_hub_settings_revision', own)).toBe(
      valueOf(before, 'vwo_hub_settings_revision', own),
    )
    expect(valueOf(after, 'vwo_hub_settings_revision', own)).toBeGreaterThan(0)
  })
})

describe('GET /v1/environments/:environment/nodes', () => {
  it('says what vwo-hub nodes says', async () => {
    const { environment, adminUrl } = await setUp()
    const app = createClient({
      environment,
      redis: server.url,
      sdk: vwoSdk,
      launch: { isDevelopmentMode: true },
      node: 'shop-1',
    })
    cleanUps.push(app.close)
    const { revision } = await app.ready()
    const answer = await until(
      async () => {
        const response = await fetch(`${adminUrl}/v1/environments/${environment}/nodes`, {
          headers: { authorization: 'Bearer the-admin-token' },
        })
        return (await response.json()) as { readonly current: number }
      },
      ({ current }) => current === 1,
    )
    expect(answer).toMatchObject({
      environment,
      revision,
      nodes: [{ id: 'shop-1', state: 'current', revision }],
    })
  })
})

describe('what the newest fetch failed of', () => {
  it('is shown while VWO has not answered well since, and no longer once it has, though the hub that failed has not told yet', async () => {
    const { environment, own, handle, scrape } = await setUp()
    const { redis, keys } = connect(environment)
    const failing = async () =>
      valueOf(await scrape(), 'vwo_hub_failing', { ...own, result: 'vwo-unreachable' })
    expect(await failing()).toBe(0)
    const at = (await handle.now()) + 1000
    const iso = (ms: number) => new Date(ms).toISOString()
    const lastFetch = { lastFetchAt: iso(at), lastFetchResult: 'vwo-unreachable', lastFetchMessage: '' }
    await handle.hubs.report('another hub', { state: 'ready', revision: 1, ...lastFetch })
    expect(await failing()).toBe(1)
    await redis.hset(keys.meta, { checkedAt: iso(at + 1000) })
    expect(await failing()).toBe(0)
  })
})

function connect(environment: string) {
  const redis = new Redis(server.url)
  cleanUps.push(() => redis.disconnect())
  return { redis, keys: keysOf(environment) }
}
