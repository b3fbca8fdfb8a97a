import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { init } from 'vwo-fme-node-sdk'
import vwoSdk from 'vwo-node-sdk'
import { describe, expect, it, vi } from 'vitest'
import { createClient, type ClientError } from '@vwo-hub/client'
import { createFmeClient, type FmeClientOptions } from '@vwo-hub/client/fme'
import { createFmeTestClient } from '@vwo-hub/client/testing'
import type { ProductName } from '@vwo-hub/protocol'
import { keysOf } from '@vwo-hub/protocol'
import { copyFmeSdk, recordingNetwork } from '../support/fme-copy.ts'
import { fmeSettings, rollout } from '../support/fme-settings.ts'
import { createPublisher } from '../support/publisher.ts'
import { redisForFile } from '../support/redis-for-file.ts'
import { until } from '../support/until.ts'

const { server, cleanUps } = await redisForFile()

const labelled = (label: string) =>
  fmeSettings([
    {
      key: 'checkout',
      rules: [rollout({ variables: [{ id: 1, key: 'label', type: 'string', value: label }] })],
    },
  ])
const textOf = (label: string): string => JSON.stringify(labelled(label))
const ann = { id: 'ann' }

async function setUp(product: ProductName = 'fme') {
  const environment = `env-${randomUUID()}`
  const publisher = await createPublisher(server.url, environment, product)
  cleanUps.push(publisher.close)
  const network = recordingNetwork()
  const follow = (more: Partial<FmeClientOptions> = {}) => {
    const errors: ClientError[] = []
    const vwo = createFmeClient({
      environment,
      redis: server.url,
      sdk: copyFmeSdk(),
      options: { network: { client: network.client } },
      ...more,
    })
    vwo.on('error', (error) => errors.push(error))
    cleanUps.push(vwo.close)
    const label = async (): Promise<unknown> => (await vwo.getFlag('checkout', ann)).getVariable('label')
    return { vwo, errors, label }
  }
  return { environment, publisher, network, follow }
}

describe('a client of an FME environment', () => {
  it('decides "off" before the first settings, and with each publication a moment after it', async () => {
    const { publisher, follow } = await setUp()
    const { vwo, label } = follow()
    expect((await vwo.getFlag('checkout', ann)).isEnabled()).toBe(false)
    expect(await vwo.trackEvent('purchase', ann)).toEqual({ purchase: false })
    expect(vwo.features()).toEqual([])
    const revision = await publisher.publish(textOf('first'))
    await until(label, (found) => found === 'first')
    expect(vwo.status).toMatchObject({ state: 'ready', revision, source: 'redis' })
    await publisher.publish(textOf('second'))
    await until(label, (found) => found === 'second')
    expect(vwo.settings()?.settingsFile).toEqual(labelled('second'))
    expect(vwo.features()).toEqual([
      {
        id: 1,
        key: 'checkout',
        name: 'checkout',
        rules: ['rule1'],
        variables: ['label'],
        events: ['purchase'],
      },
    ])
  })

  it('tells what is decided and tracked, and waits at its end for what is on its way', async () => {
    const { publisher, follow, network } = await setUp()
    await publisher.publish(textOf('first'))
    const { vwo } = follow()
    await vwo.ready()
    const { getFlag, trackEvent, setAttribute, flushEvents } = vwo
    expect((await getFlag('checkout', ann)).isEnabled()).toBe(true)
    expect(await trackEvent('purchase', ann, { amount: 5 })).toEqual({ purchase: true })
    await setAttribute('plan', 'gold', ann)
    await setAttribute({ plan: 'gold', age: 30 }, ann)
    expect(await flushEvents()).toMatchObject({ status: 'success' })
    await vwo.close()
    const names = network.sent.map(({ path }) => /[?&]en=([^&]*)/.exec(path)?.[1])
    expect(names).toEqual([
      'vwo_fmeSdkInit',
      'vwo_variationShown',
      'purchase',
      'vwo_syncVisitorProp',
      'vwo_syncVisitorProp',
    ])
    expect(vwo.eventCounts()).toEqual({ sent: 5, refused: 0, dropped: 0, waiting: 0 })
    // Decisions go on with what is live.
    expect((await getFlag('checkout', ann)).isEnabled()).toBe(true)
  })

  it('begins with its cache file while Redis is away, and reports to operators as every client', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'vwo-hub-test-'))
    cleanUps.push(() => rm(folder, { recursive: true, force: true }))
    const { environment, publisher, follow } = await setUp()
    const revision = await publisher.publish(textOf('first'))
    const cacheFile = join(folder, 'settings')
    const { vwo, label } = follow({ cacheFile, node: 'the-node', sdk: { init } })
    await until(label, (found) => found === 'first')
    const keys = keysOf(environment)
    await until(
      () => publisher.redis.hgetall(keys.node('the-node')),
      (report) => report['revision'] === String(revision) && report['sdk'] === 'vwo-fme-node-sdk/1.35.0',
    )
    await vwo.close()
    const alone = follow({ cacheFile, redis: 'redis://127.0.0.1:1' })
    expect(await alone.vwo.ready()).toMatchObject({ source: 'cache', revision })
    expect(await alone.label()).toBe('first')
  })

  it('refuses what the SDK cannot use, says where, and stays', async () => {
    const vwo = await createFmeTestClient({ sdk: copyFmeSdk(), settings: labelled('first') })
    const broken = labelled('second')
    Object.assign(broken.campaigns[0]?.variations[0] ?? {}, { id: 0 })
    await expect(vwo.update(broken)).rejects.toMatchObject({
      code: 'settings-refused',
      message: expect.stringContaining('campaigns[0].variations[0].id'),
    })
    await expect(vwo.update('{')).rejects.toMatchObject({ code: 'settings-refused' })
    expect((await vwo.getFlag('checkout', ann)).getVariable('label')).toBe('first')
    expect(vwo.status.revision).toBe(1)
    expect(await vwo.update(labelled('third'))).toBe(2)
    expect((await vwo.getFlag('checkout', ann)).getVariable('label')).toBe('third')
    await vwo.close()
    await expect(async () => vwo.update(labelled('fourth'))).rejects.toMatchObject({ code: 'closed' })
  })
})

describe('a client of one product at an environment of the other', () => {
  it('says so at the first read, and takes nothing of it', async () => {
    const { follow, publisher } = await setUp('fullstack')
    await publisher.publish(JSON.stringify({ version: 1, accountId: 1, campaigns: [] }))
    const { vwo, errors } = follow()
    await until(
      () => errors.map(({ code }) => code),
      (codes) => codes.includes('other-product'),
    )
    expect(errors[0]?.message).toContain('expected product fme')
    expect(vwo.status).toMatchObject({ state: 'starting', reason: { code: 'other-product' } })
  })

  it('of FullStack, too', async () => {
    const { environment, publisher } = await setUp()
    await publisher.publish(textOf('first'))
    const onError = vi.fn<(error: ClientError) => void>()
    const vwo = createClient({
      environment,
      redis: server.url,
      sdk: vwoSdk,
      launch: { isDevelopmentMode: true },
    })
    cleanUps.push(vwo.close)
    vwo.on('error', onError)
    await until(
      () => onError.mock.calls[0]?.[0],
      (error) => error?.code === 'other-product',
    )
    expect(onError.mock.calls[0]?.[0].message).toContain('createFmeClient of @vwo-hub/client/fme')
    expect(vwo.status.state).toBe('starting')
  })
})

it('clients of both products decide side by side in one process', async () => {
  const [of, fme] = [await setUp('fullstack'), await setUp()]
  const { publisher, environment } = of
  const variations = [{ id: 1, name: 'Green', weight: 100, changes: {} }]
  const campaign = { id: 1, key: 'button', type: 'VISUAL_AB', status: 'RUNNING', percentTraffic: 100 }
  const campaigns = [{ ...campaign, goals: [], segments: {}, variations }]
  await publisher.publish(JSON.stringify({ version: 1, accountId: 123_456, sdkKey: 'key', campaigns }))
  await fme.publisher.publish(textOf('first'))
  const isDevelopmentMode = true
  const fullstack = createClient({
    environment,
    redis: server.url,
    sdk: vwoSdk,
    launch: { isDevelopmentMode },
  })
  cleanUps.push(fullstack.close)
  const { vwo, label } = fme.follow()
  await Promise.all([fullstack.ready(), vwo.ready()])
  expect([fullstack.activate('button', 'ann'), await label()]).toEqual(['Green', 'first'])
  await fme.publisher.publish(textOf('second'))
  await until(label, (found) => found === 'second')
  expect(fullstack.activate('button', 'ann')).toBe('Green')
})
