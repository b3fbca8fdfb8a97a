import { createHash } from 'node:crypto'
import { createHub } from '@vwo-hub/hub'
import { startVwoSimulator } from '@vwo-hub/sandbox'
import { describe, expect, it } from 'vitest'
import { createLog } from '../../packages/hub/dist/log/log.js'
import { runCommand } from '../support/cli.ts'
import { doctor } from '../support/doctor.ts'
import { createSilentHub, sharedJudging } from '../support/hub-config.ts'
import { type Hubs, running, startHubs } from '../support/hubs.ts'
import { until } from '../support/until.ts'
import { redisForFile } from '../support/redis-for-file.ts'

const { server, cleanUps } = await redisForFile()

const accountId = 123_456
const ownKey = 'the-sdk-key'
const otherKey = 'another-sdk-key'
const identityOf = (salt: string, sdkKey: string) =>
  createHash('sha256').update(`${salt}\n${accountId}\n${sdkKey}`).digest('hex')

async function setUp() {
  const hubs = await startHubs({ url: server.url })
  cleanUps.push(hubs.close)
  return hubs
}

/** What VWO has for the other key. */
const ofOther = (percentTraffic: number) => ({
  ...running(['checkout-test'], percentTraffic),
  sdkKey: otherKey,
})

/** A hub under the same name whose sdkKey is another one, with the VWO that knows it. */
async function startOther({ config }: Hubs) {
  const vwo = await startVwoSimulator({
    accountId,
    sdkKey: otherKey,
    settingsFile: ofOther(70),
  })
  cleanUps.push(vwo.close)
  const lines: { account?: string; msg?: string }[] = []
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) }
  const [environment = expect.fail('no environment')] = config.environments
  const own = { ...config, environments: [{ ...environment, sdkKey: otherKey, baseUrl: vwo.url }] }
  const hub = createHub(own, {
    log: createLog({ level: 'info', secrets: [], destination }),
    judgings: { of: () => sharedJudging, close: async () => {} },
  })
  cleanUps.push(hub.close)
  return { vwo, lines, ...(await hub.start()), config: own, close: hub.close }
}

const traffic = (text: string | null) => /"percentTraffic":(\d+)/.exec(text ?? '')?.[1]

describe('given a hub of another sdkKey under the same name', () => {
  it('[invariant 2] it neither fetches nor publishes, and everything says so', async () => {
    const hubs = await setUp()
    const { meta, published, handle, environment, vwo, whats, settled } = hubs
    const before = await published()
    const other = await startOther(hubs)
    const { hubs: reports } = await until(handle.read.status, (status) =>
      status.hubs.some(({ state }) => state === 'foreign'),
    )
    expect(reports.map(({ state }) => state).toSorted()).toEqual(['foreign', 'ready'])
    await until(whats, (seen) => seen.includes('foreign'))
    const post = await fetch(`${other.publicUrl}/webhooks/${environment}`, {
      method: 'POST',
      headers: { 'x-vwo-auth': 'the-webhook-secret' },
      body: '{}',
    })
    expect([post.status, await post.json()]).toMatchObject([503, { error: { code: 'foreign' } }])
    expect((await fetch(`${other.adminUrl}/readyz`)).status).toBe(503)
    const settings = `${other.adminUrl}/server-side/settings?a=${accountId}&i=${otherKey}`
    expect((await fetch(settings)).status).toBe(503)

    await vwo.set(running(['checkout-test'], 20))
    await until(published, (text) => traffic(text) === '20')
    await settled()
    expect(traffic(before)).toBe('100')
    expect(other.vwo.requests).toEqual([])
    expect((await whats('foreign')).length).toBe(1)
    expect(other.lines.filter(({ msg }) => msg?.includes('vwo-hub adopt'))).toHaveLength(1)

    const env = { REDIS_URL: server.url }
    const { stdout } = await runCommand(['status', environment], { env })
    expect(stdout).toContain('A hub is configured with another account or sdkKey than what is published')
    const page = await fetch(`${hubs.first.adminUrl}/environments/${environment}`)
    expect(await page.text()).toContain('Another account')
    const metrics = await (await fetch(`${hubs.first.adminUrl}/metrics`)).text()
    expect(metrics).toContain(`vwo_hub_foreign_hubs{environment="${environment}"} 1`)
    const findings = await doctor({
      ...env,
      VWO_ENVIRONMENT: environment,
      VWO_ACCOUNT_ID: String(accountId),
      VWO_SDK_KEY: otherKey,
      VWO_WEBHOOK_SECRETS: 'the-webhook-secret',
      // What VWO says is not what this is about.
      VWO_BASE_URL: 'http://127.0.0.1:1',
    })
    expect(findings.filter(({ check }) => check === 'identity').map(({ state }) => state)).toEqual([
      'failure',
      'failure',
    ])

    const { identity, identitySalt = '' } = await meta()
    expect(identity).toBe(identityOf(identitySalt, ownKey))
    expect(identitySalt).toMatch(/^[0-9a-f]{32}$/)
    expect(JSON.stringify(await meta())).not.toContain('sdk-key')
  })

  it('what it asks for is not lost when it is alone: a person lets it take over', async () => {
    const hubs = await setUp()
    const { handle, published, first, environment, audit, meta } = hubs
    await first.close()
    await startOther(hubs)
    await until(handle.read.status, (status) => status.hubs.some(({ state }) => state === 'foreign'))
    expect(traffic(await published())).toBe('100')

    const env = { REDIS_URL: server.url }
    const adopt = ['adopt', environment, '--yes', '--as', 'ann', '--reason', 'a new key', '--json']
    const { code, stdout, stderr } = await runCommand(adopt, { env })
    expect([code, stderr]).toEqual([0, ''])
    expect(JSON.parse(stdout)).toMatchObject({ environment, outcome: 'published' })
    expect(traffic(await published())).toBe('70')
    expect((await audit()).find(({ what }) => what === 'adopt')).toMatchObject({
      as: 'ann',
      reason: 'a new key',
    })
    const { identity, identitySalt = '' } = await meta()
    expect(identity).toBe(identityOf(identitySalt, otherKey))
    await until(handle.read.status, (status) => status.hubs.every(({ state }) => state === 'ready'))
  })

  it('there is nothing to adopt where nothing says whose the settings are', async () => {
    const { redis, keys, environment, first } = await setUp()
    await first.close()
    await redis.hdel(keys.meta, 'identity', 'identitySalt')
    const { code, stderr } = await runCommand(['adopt', environment, '--yes'], {
      env: { REDIS_URL: server.url },
    })
    expect(code).toBe(1)
    expect(stderr).toContain('nothing says whose settings it has')
  })
})

describe('whose settings they are', () => {
  it('is noted by the first hub that asks VWO, also of settings from before it was', async () => {
    const { redis, keys, acts, meta, vwo, revisionOf } = await withRevision()
    await redis.hdel(keys.meta, 'identity', 'identitySalt')
    await vwo.post()
    const { identity, identitySalt = '' } = await until(meta, (fields) => fields['identity'] !== undefined)
    expect(identity).toBe(identityOf(identitySalt, ownKey))
    expect(await revisionOf()).toBe((await meta())['revision'])
    expect(acts).toBeDefined()
  })

  it('is in every message, so that apps know what is not for them', async () => {
    const { redis, keys, vwo, meta, acts, published } = await setUp()
    const subscriber = redis.duplicate()
    cleanUps.push(() => subscriber.disconnect())
    const told: (string | undefined)[] = []
    subscriber.on('message', (_channel: string, message: string) =>
      told.push((JSON.parse(message) as { identity?: string }).identity),
    )
    await subscriber.subscribe(keys.updates)
    await vwo.set(running(['checkout-test'], 20))
    await until(published, (text) => traffic(text) === '20')
    await acts.rollback(await acts.planRollback(), { as: 'ann', pinForMs: 0 })
    await redis.hset(keys.meta, { revision: 1 })
    await until(
      () => told.length,
      (count) => count >= 3,
    )
    expect(new Set(told)).toEqual(new Set([(await meta())['identity']]))
  })

  it('follows a sdkKey that is replaced while the hub runs: nobody needs to say that it is meant', async () => {
    const { config, first, handle, meta, published, whats } = await setUp()
    await first.close()
    const [environment = expect.fail('no environment')] = config.environments
    const vwo = await startVwoSimulator({ accountId, sdkKey: otherKey, settingsFile: ofOther(70) })
    cleanUps.push(vwo.close)
    // It knows the new key alone: what it is asked for with the old one fails.
    const withKey = (sdkKey: string) => ({
      ...config,
      environments: [{ ...environment, baseUrl: vwo.url, sdkKey }],
    })
    const hub = createSilentHub(withKey(ownKey))
    cleanUps.push(hub.close)
    await hub.start()
    await until(handle.read.status, (status) => status.refresh.fruitless > 0)
    hub.takeSecrets(withKey(otherKey))
    await until(published, (text) => traffic(text) === '70')
    const { identity, identitySalt = '' } = await meta()
    expect(identity).toBe(identityOf(identitySalt, otherKey))
    expect(await whats('adopt', 'foreign')).toEqual(['adopt'])
  })
})

async function withRevision() {
  const hubs = await setUp()
  const revision = (await hubs.meta())['revision']
  return { ...hubs, revisionOf: async () => revision }
}
