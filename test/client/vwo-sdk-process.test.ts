import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createClient, type ClientError } from '@vwo-hub/client'
import { createTestClient } from '@vwo-hub/client/testing'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { answersOf } from '../support/calls.ts'
import { answerEvents, takeEvents } from '../support/events-endpoint.ts'
import { startHubOfTexts } from '../support/hub-of-texts.ts'
import { copySdk, launchQuietly, silent, type SdkCopy } from '../support/sdk-copy.ts'
import { abTest, decidesFor, featureTest, settingsFile } from '../support/settings-file.ts'

const launch = { isDevelopmentMode: true, logging: silent }
const clientOf = (sdk: SdkCopy, settings: object = settingsFile()) =>
  createTestClient({ sdk, settings, launch })

describe('one process works for one account', () => {
  const other = settingsFile({ accountId: 777, campaigns: [decidesFor('checkout', 'theirs')] })

  it('a second client of another account is refused, and told to run elsewhere', async () => {
    const { sdk } = copySdk()
    await using _first = clientOf(sdk)
    await using texts = await startHubOfTexts(JSON.stringify(other))
    await using second = createClient({ environment: 'prod', hub: texts.hub, sdk, launch })
    const refusal = await new Promise<ClientError>((resolve) => second.on('error', resolve))
    expect(refusal.message).toMatch(/account 777.*account 123456.*run a process for each account/)
    expect([second.settings(), second.activate('checkout', 'ann')]).toEqual([null, null])
    await texts.swap(second, JSON.stringify(settingsFile({ campaigns: [decidesFor('checkout', 'ours')] })))
    expect(second.activate('checkout', 'ann')).toBe('ours')
  })

  it('the account may change where one client is alone, and when the other was closed', async () => {
    const { sdk } = copySdk()
    const launched = vi.spyOn(sdk, 'launch')
    const first = clientOf(sdk)
    first.update(other)
    expect([launched.mock.calls.length, first.activate('checkout', 'ann')]).toEqual([2, 'theirs'])
    expect(() => clientOf(sdk)).toThrow(/run a process/)
    await first.close()
    await using _second = clientOf(sdk)
    expect(launched).toHaveBeenCalledTimes(3)
  })
})

describe('two clients of one account', () => {
  it('[invariant 6] each decide as launched after their swap, whatever the other has set for both', async () => {
    const { sdk, inside } = copySdk()
    const launched = vi.spyOn(sdk, 'launch')
    const settings = settingsFile({ campaigns: [abTest('checkout')], isNBv2: true })
    await using first = clientOf(sdk, settings)
    await using _second = clientOf(sdk)
    const flags = inside('utils/VWOFeatureFlags') as { getAll(): object }
    expect(flags.getAll()).toMatchObject({ isNBv2: undefined })

    first.update({ ...settings, version: 2 })
    expect(launched).toHaveBeenCalledTimes(3)
    const fresh = launchQuietly(copySdk().sdk, { ...launch, settingsFile: structuredClone(settings) })
    expect(answersOf(first)).toEqual(answersOf(fresh))
    first.update({ ...settings, version: 3 })
    expect(launched).toHaveBeenCalledTimes(3)
  })
})

describe('queued events', () => {
  const batching = { batchEvents: { requestTimeInterval: 600 }, logging: silent }
  const first = settingsFile({ campaigns: [decidesFor('checkout', 'old')], collectionPrefix: 'eu01' })
  let clients: { close(): Promise<void> }[] = []
  afterEach(async () => {
    await Promise.all(clients.map((client) => client.close()))
    clients = []
  })
  const batchingClient = () => {
    const client = createTestClient({
      sdk: copySdk().sdk,
      settings: first,
      launch: batching,
      sendEvents: true,
    })
    clients.push(client)
    return client
  }

  it('[invariant 6] survive a swap in place', async () => {
    using endpoint = takeEvents()
    const client = batchingClient()
    client.activate('checkout', 'ann')
    client.update({ ...first, campaigns: [decidesFor('checkout', 'new')] })
    client.activate('checkout', 'bob')
    expect(endpoint.sent).toEqual([])
    expect(await client.flushEvents()).toEqual({ status: true, message: 'Batch call sent to VWO' })
    expect(endpoint.sent).toHaveLength(1)
    expect(JSON.parse(endpoint.sent[0]?.body ?? '')).toMatchObject({ ev: [{}, {}] })
  })

  it('[invariant 6] go to the account, key and place that they were recorded for, after a launch', async () => {
    using endpoint = takeEvents()
    const client = batchingClient()
    client.activate('checkout', 'ann')
    client.update({ ...first, accountId: 654_321, sdkKey: 'b'.repeat(32), collectionPrefix: 'as02' })
    client.activate('checkout', 'bob')
    const { collectionPrefix: _, ...without } = first
    client.update(without)
    client.activate('checkout', 'cem')
    await client.flushEvents()
    expect(endpoint.sent.map(({ path, account, authorization }) => [path, account, authorization])).toEqual([
      ['/eu01/server-side/batch-events', '123456', 'a'.repeat(32)],
      ['/as02/server-side/batch-events', '654321', 'b'.repeat(32)],
      ['/server-side/batch-events', '123456', 'a'.repeat(32)],
    ])
  })

  it('[invariant 6] of a call that was in flight go where that call was made', async () => {
    using endpoint = takeEvents()
    let found: (stored: object) => void = () => {}
    const { sdk, inside } = copySdk()
    const client = createTestClient({
      sdk,
      settings: first,
      sendEvents: true,
      launch: {
        ...batching,
        asyncStorageConfig: {
          redisStorage: { get: () => new Promise<object>((resolve) => (found = resolve)), set: () => {} },
        },
      },
    })
    clients.push(client)
    const activated = client.activate('checkout', 'ann')
    client.update({ ...first, accountId: 654_321, collectionPrefix: 'as02' })
    found({})
    expect(await activated).toBe('old')
    expect(endpoint.sent).toMatchObject([{ path: '/eu01/server-side/batch-events', account: '123456' }])
    expect(inside('services/UrlService')).toMatchObject({ collectionPrefix: 'as02' })
  })

  it.each([
    [201, 'accepted'],
    [202, ''],
    [202, 'null'],
    [204, ''],
  ])(
    '[invariant 7] that VWO takes with status %i and "%s" are sent, and end no process',
    async (status, body) => {
      await using endpoint = await answerEvents(status, body)
      const client = batchingClient()
      client.activate('checkout', 'ann')
      expect(await client.flushEvents()).toEqual({ status: true, message: 'Batch call sent to VWO' })
      expect(endpoint.requests()).toBe(1)
    },
  )

  it('that are decided after closing are sent at once, and keep no process alive', async () => {
    using endpoint = takeEvents()
    const client = batchingClient()
    client.activate('checkout', 'ann')
    await client.close()
    expect(endpoint.sent).toHaveLength(1)
    client.activate('checkout', 'bob')
    expect(endpoint.sent).toHaveLength(2)
  })

  it('that cannot even be sent are reported, and harm nobody', async () => {
    const errors: string[] = []
    const client = createClient({
      environment: 'prod',
      redis: 'redis://127.0.0.1:1',
      sdk: copySdk().sdk,
      launch: batching,
      // A line break cannot stand in a path, and `https.request` throws.
      initialSettings: { ...first, sdkKey: 'a\nb' },
    })
    clients.push(client)
    client.on('error', ({ code, message }) => {
      if (code !== 'redis-unreachable') errors.push(message)
    })
    await client.ready()
    expect(client.activate('checkout', 'ann')).toBe('old')
    expect(await client.flushEvents()).toEqual({
      status: false,
      message: 'Batch call could not be processed',
    })
    expect(errors).toEqual([
      'Cannot send a batch of events: Request path contains unescaped characters. Decisions go on.',
    ])
  })
})

describe('after many swaps', () => {
  const features = Array.from({ length: 20 }, (_, n) => featureTest(`feature-${n}`))
  const files = ['old', 'new'].map((name) =>
    settingsFile({ campaigns: [decidesFor('checkout', name), ...features] }),
  )

  it.each([
    ['300 swaps in place', 300, {}],
    ['60 launches', 60, { isNBv2: true }],
  ])('[invariant 7] %s leave timers, listeners and memory where they were', async (_what, count, change) => {
    using _endpoint = takeEvents()
    const { sdk, inside } = copySdk()
    const batching = { logging: silent, batchEvents: { requestTimeInterval: 600 } }
    await using client = createTestClient({
      sdk,
      settings: files[0] ?? expect.fail(),
      launch: batching,
      sendEvents: true,
    })
    const emitter = (inside('utils/CustomEventUtil') as { getInstance(): NodeJS.EventEmitter }).getInstance()
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
    const listeners = () => ({
      emitter: emitter.eventNames().map((name) => emitter.listenerCount(name)),
      process: process.eventNames().map((name) => process.listenerCount(name)),
    })
    const swapOften = async (times: number) => {
      for (let n = 0; n < times; n += 1) {
        client.update({ ...files[n % 2], ...(n % 2 === 0 ? {} : change) })
        client.activate('checkout', 'ann')
      }
      await client.flushEvents()
    }
    await swapOften(20)
    const before = { timers: timers(), listeners: listeners() }
    const heapBefore = heapAfterCollection()
    await swapOften(count)
    expect(listeners()).toEqual(before.listeners)
    // The test runner has a timer or two that come and go.
    expect(timers()).toBeLessThan(before.timers + 5)
    expect(heapAfterCollection() - heapBefore).toBeLessThan(1_000_000)
  })
})

function heapAfterCollection(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  return process.memoryUsage().heapUsed
}
