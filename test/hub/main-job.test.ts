import { randomUUID } from 'node:crypto'
import vwoSdk from 'vwo-node-sdk'
import { describe, expect, it } from 'vitest'
import { createClient, type Client } from '@vwo-hub/client'
import type { HubConfig } from '@vwo-hub/hub'
import { startRedisServer, type RedisServer } from '@vwo-hub/sandbox'
import { account, webhookSecret } from '../support/hub-config.ts'
import { startHubs } from '../support/hubs.ts'
import { abTest, settingsFile } from '../support/settings-file.ts'
import { until } from '../support/until.ts'
import { redisForFile } from '../support/redis-for-file.ts'

const { server, cleanUps } = await redisForFile()

/** A settings-file that gives everybody the variation of this name. */
const everybodyGets = (name: string) =>
  settingsFile({
    ...account,
    campaigns: [abTest('checkout-test', { variations: [{ id: 1, name, weight: 100, changes: {} }] })],
  })

/** VWO, hubs and apps of one environment. */
async function setUp(
  options: {
    environment?: string
    hubs?: number
    apps?: number
    redis?: RedisServer
    config?: Partial<HubConfig>
  } = {},
) {
  const { apps: appCount = 3, redis = server, environment: own, config, ...rest } = options
  const started = await startHubs({
    ...rest,
    url: redis.url,
    settings: everybodyGets('A'),
    config: { fetchTimeoutMs: 500, ...config },
    ...(own !== undefined && { environment: { name: own } }),
  })
  cleanUps.push(started.close)
  const { environment, first } = started
  const apps = Array.from({ length: appCount }, startApp)

  function startApp(): Client {
    const app = createClient({
      environment,
      redis: redis.url,
      sdk: vwoSdk,
      launch: { isDevelopmentMode: true },
    })
    cleanUps.push(app.close)
    return app
  }

  const decisions = () => apps.map((app) => app.getVariationName('checkout-test', 'user'))
  const everywhere = (name: string) => until(decisions, (seen) => seen.every((decision) => decision === name))
  const post = (body: string, headers: Record<string, string> = {}, name = environment) =>
    fetch(`${first.publicUrl}/webhooks/${name}`, { method: 'POST', body, headers })
  await everywhere('A')
  return { ...started, apps, everywhere, decisions, post }
}

describe('given a hub and three apps', () => {
  it('a change at VWO is what every app decides with, without a restart', async () => {
    const { vwo, everywhere, apps } = await setUp()
    expect(await vwo.set(everybodyGets('B'))).toBe(true)
    await everywhere('B')
    expect(new Set(apps.map(({ status }) => status.revision)).size).toBe(1)
    expect(vwo.requests.at(-1)?.endpoint).toBe('pull')
  })

  it('[invariant 1] two changes within an instant both count: the second is what all decide with', async () => {
    const { vwo, everywhere } = await setUp()
    await Promise.all([vwo.set(everybodyGets('B')), vwo.set(everybodyGets('C'))])
    await everywhere('C')
  })

  it('[invariant 1] a change during a slow fetch is not missed', async () => {
    const { vwo, everywhere } = await setUp()
    const before = vwo.requests.length
    vwo.fault({ kind: 'delay', delayMs: 300, times: 1 })
    await vwo.set(everybodyGets('B'))
    await vwo.requested(before + 1)
    await vwo.set(everybodyGets('C'))
    await everywhere('C')
    expect(vwo.requests.length - before).toBeLessThanOrEqual(3)
  })

  it('what VWO has sent is in Redis, and served, byte for byte', async () => {
    const { vwo, redis, keys, first, environment, everywhere } = await setUp({ apps: 1 })
    // Other SDKs ask for the type of a number, and whoever writes it anew makes `1.0` of it `1`.
    const extra = '"precise":[9007199254740993,1.0,1e2,0.10],"groups":{},"campaignGroups":{},"u":"\\u00e9 é"'
    const list = '"goals":{},"variables":{},"segments":{}'
    const sent = JSON.stringify(everybodyGets('B'))
      .replace(/"goals":\[[^\]]*\]/, list)
      .replace(/\}$/, `, ${extra} }\n`)
    await vwo.set(sent)
    await everywhere('B')
    expect(String(await redis.getBuffer(keys.settings))).toBe(sent)
    const served = await fetch(`${first.adminUrl}/v1/environments/${environment}/settings`)
    expect(Buffer.from(await served.arrayBuffer()).equals(Buffer.from(sent))).toBe(true)
  })

  it('a change that VWO sends no webhook for is found by the poll', async () => {
    const { vwo, everywhere } = await setUp({ config: { pollIntervalMs: 300 } })
    await vwo.set(everybodyGets('B'), { announce: false })
    await everywhere('B')
    expect(vwo.requests.at(-1)?.endpoint).toBe('settings')
  })

  it('[invariant 8] no secret is in what Redis keeps or what the listeners say', async () => {
    const { vwo, everywhere, redis, environment, first, post } = await setUp()
    vwo.fault({ kind: 'status', status: 500, times: 1 })
    await vwo.set(everybodyGets('B'))
    await everywhere('B')
    await post('{}', { 'x-vwo-auth': 'wrong' })
    const kept = await until(
      async () => {
        const names = await redis.keys(`vwo:{${environment}}:*`)
        const others = names.filter((name) => !name.includes('settings'))
        const values = await Promise.all(
          others.map(async (name) => {
            const type = await redis.type(name)
            if (type === 'hash') return JSON.stringify(await redis.hgetall(name))
            return type === 'stream' ? JSON.stringify(await redis.xrange(name, '-', '+')) : ''
          }),
        )
        return names.join() + values.join()
      },
      (text) => text.includes('recovered') && text.includes(':hub:'),
    )
    const said = await Promise.all(
      ['/v1/environments', `/v1/environments/${environment}`, '/readyz'].map(async (path) =>
        (await fetch(first.adminUrl + path)).text(),
      ),
    )
    for (const text of [kept, ...said]) {
      expect(text).not.toContain(account.sdkKey)
      expect(text).not.toContain(webhookSecret)
    }
  })
})

describe('given ten hubs', () => {
  it('[invariant 9] the same webhook at all of them costs two fetches, and every app has the change', async () => {
    const { vwo, hubs, everywhere, environment } = await setUp({ hubs: 10 })
    const before = vwo.requests.length
    await vwo.set(everybodyGets('B'), { announce: false })
    const answers = await Promise.all(
      hubs.map(({ publicUrl }) =>
        fetch(`${publicUrl}/webhooks/${environment}`, {
          method: 'POST',
          body: '{"event":"settings_changed"}',
          headers: { 'x-vwo-auth': webhookSecret },
        }),
      ),
    )
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200))
    await everywhere('B')
    expect(vwo.requests.length - before).toBeLessThanOrEqual(2)
  })
})

describe('given a VWO that is wrong', () => {
  it.each([
    ['answers 500', { kind: 'status', status: 500 }, 'failed', '500'],
    ['never answers', { kind: 'hang' }, 'failed', '500 ms'],
    ['drips without end', { kind: 'drip', everyMs: 50 }, 'failed', '6000 ms'],
    ['cuts its answer', { kind: 'truncation' }, 'failed', 'closed'],
    ['sends HTML with 200', { kind: 'content-type' }, 'refused', 'text/html'],
    ["sends another account's file", { kind: 'other-account' }, 'refused', 'accountId'],
    ['sends 3 MB', { kind: 'oversized' }, 'refused', '2097152'],
    ['sends a bomb', { kind: 'gzip-bomb' }, 'refused', '2097152'],
  ] as const)(
    '[invariant 3] and %s, the last good settings stay, the audit says why, and it recovers',
    async (...row) => {
      const [, fault, what, where] = row
      const { vwo, everywhere, decisions, audit } = await setUp()
      vwo.fault(fault)
      await vwo.set(everybodyGets('B'))
      const entries = await until(audit, (seen) => seen.some((entry) => entry.what === what))
      expect(JSON.stringify(entries.at(-1))).toContain(where)
      expect(decisions()).toEqual(['A', 'A', 'A'])
      vwo.clearFaults()
      await everywhere('B')
      await until(audit, (seen) => seen.at(-1)?.what === 'recovered')
    },
  )
})

describe('given webhooks that are wrong', () => {
  it('answers each as it should, and does nothing', async () => {
    const { post, vwo, environment } = await setUp()
    const before = vwo.requests.length
    const right = { 'x-vwo-auth': webhookSecret }
    const cases = [
      await post('{}', {}),
      await post('{}', { 'x-vwo-auth': 'wrong' }),
      await post('{}', right, 'unknown'),
      await post('{"event":', right),
      await post(JSON.stringify({ filler: 'x'.repeat(70_000) }), right),
    ]
    expect(cases.map(({ status }) => status)).toEqual([401, 401, 401, 400, 413])
    const [missing, , unknown] = await Promise.all(cases.map((answer) => answer.text()))
    expect(unknown).toBe(missing?.replace(environment, 'unknown'))
    expect(vwo.requests).toHaveLength(before)
    expect((await post('{"event":"never heard of","more":[1]}', right)).status).toBe(200)
  })

  it('[invariant 1] answers 503 while Redis is away, and VWO comes again until it is taken', async () => {
    const redis = await startRedisServer()
    cleanUps.push(redis.close)
    const { post, vwo, everywhere } = await setUp({ redis })
    await redis.kill()
    const answer = await post('{}', { 'x-vwo-auth': webhookSecret })
    expect(answer.status).toBe(503)
    const taken = vwo.set(everybodyGets('B'))
    await vwo.posts(2)
    await redis.restart()
    expect(await taken).toBe(true)
    await everywhere('B')
  })
})

describe('given apps that start before everything else', () => {
  it('they decide as soon as the rest is there', async () => {
    const redis = await startRedisServer()
    cleanUps.push(redis.close)
    const environment = `env-${randomUUID()}`
    await redis.kill()
    const app = createClient({
      environment,
      redis: redis.url,
      sdk: vwoSdk,
      launch: { isDevelopmentMode: true },
    })
    cleanUps.push(app.close)
    expect(await app.ready({ timeoutMs: 20 })).toMatchObject({ state: 'starting' })
    expect(app.getVariationName('checkout-test', 'user')).toBeNull()
    await redis.restart()
    await setUp({ redis, environment, apps: 0 })
    expect(await app.ready()).toMatchObject({ state: 'ready', source: 'redis' })
    expect(app.getVariationName('checkout-test', 'user')).toBe('A')
  })
})

describe('given a hub that is told to end', () => {
  it('[invariant 1] finishes what it has accepted, and is gone from the list of hubs', async () => {
    const { vwo, first, everywhere, redis, keys } = await setUp()
    vwo.fault({ kind: 'delay', delayMs: 300, times: 1 })
    await vwo.set(everybodyGets('B'))
    await first.close()
    expect(await redis.get(keys.settings)).toContain('"B"')
    await everywhere('B')
    expect(await redis.zcard(keys.hubs)).toBe(0)
    await expect(fetch(`${first.publicUrl}/healthz`)).rejects.toThrow()
  })
})

describe('given an SDK that knows nothing of the hub', () => {
  it('launches from the key in Redis, and fetches from the admin listener as from VWO', async () => {
    const { redis, keys, first } = await setUp()
    const stored = (await redis.get(keys.settings)) ?? ''
    expect(JSON.parse(stored)).toEqual(JSON.parse(JSON.stringify(everybodyGets('A'))))
    const query = `a=${account.accountId}&i=${account.sdkKey}&r=0.5&platform=server&sdk=vwo-node-sdk&sdk-v=1.73.0`
    const answer = await fetch(`${first.adminUrl}/server-side/settings?${query}`)
    expect(await answer.text()).toBe(stored)
    const wrong = await fetch(`${first.adminUrl}/server-side/settings?${query.replace('the-sdk', 'another')}`)
    expect([wrong.status, await wrong.json()]).toEqual([400, { message: 'Invalid api key' }])
  })
})

describe('given two environments in one Redis', () => {
  it('a change in one is not heard in the other, though pub/sub knows no databases', async () => {
    const one = await setUp()
    const other = await setUp()
    await one.vwo.set(everybodyGets('B'))
    await one.everywhere('B')
    await other.vwo.set(everybodyGets('C'))
    await other.everywhere('C')
    expect(new Set(one.decisions())).toEqual(new Set(['B']))
  })
})
