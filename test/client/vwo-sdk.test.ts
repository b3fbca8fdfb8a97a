import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createTestClient } from '@vwo-hub/client/testing'
import * as fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createSwapper } from '../../packages/client/dist/swap.js'
import { createVwoSdk, type LiveSdk } from '../../packages/client/dist/product/fullstack/vwo-sdk.js'
import { answersOf, type Decider } from '../support/calls.ts'
import { answerEvents, takeEvents } from '../support/events-endpoint.ts'
import { copySdk, launchQuietly, silent } from '../support/sdk-copy.ts'
import { settingsFiles } from '../support/settings-arbitrary.ts'
import { abTest, decidesFor, featureTest, settingsFile } from '../support/settings-file.ts'
import { until } from '../support/until.ts'

const launch = { isDevelopmentMode: true, logging: silent }
const text = (file: object): string => JSON.stringify(file)

/** A live SDK in a copy of the module, with what is inside of both. */
function setUp(launchOptions: object = launch) {
  const { sdk, inside } = copySdk()
  const live = createVwoSdk({
    sdk,
    launch: launchOptions,
    onCallbackError: (from, error) => expect.fail(`${from}: ${String(error)}`),
    onEventError: (what, error) => expect.fail(`${what}: ${String(error)}`),
  })
  const swap = (file: object | string) =>
    live.commit(live.prepare(typeof file === 'string' ? file : text(file), false))
  return {
    sdk,
    live,
    swap,
    urls: inside('services/UrlService') as { collectionPrefix?: string; getBaseUrl(): string },
    flags: inside('utils/VWOFeatureFlags') as { getAll(): object },
    hooks: inside('services/HooksManager') as { callback?: unknown },
    emitter: (inside('utils/CustomEventUtil') as { getInstance(): NodeJS.EventEmitter }).getInstance(),
  }
}

function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return
  Object.freeze(value)
  Object.values(value).forEach(freeze)
}

describe('the insides of vwo-node-sdk ~1.73 that a swap in place relies on', () => {
  it('are where they are looked for', () => {
    const { live, swap } = setUp({ ...launch, batchEvents: { eventsPerRequest: 5 } })
    swap(settingsFile())
    const instance = live.instance()
    expect(instance?.SettingsFileManager?._configObj.settingsFile).toMatchObject({ accountId: 123_456 })
    expect(instance?.SettingsFileManager?._clonedSettingsFile).toMatchObject({ accountId: 123_456 })
    expect(instance?.UrlService).toHaveProperty('getBaseUrl')
    expect(instance?.batchEventsQueue?.dispatcher).toBeTypeOf('function')
    expect(instance?.batchEventsQueue).toMatchObject({ queue: [], eventsPerRequest: 5 })
    expect(instance?.batchEventsQueue?.flushAndClearTimer).toBeTypeOf('function')
    expect(instance?.eventQueue?.process).toBeTypeOf('function')
  })

  it('process a settings-file to what we prepare, byte for byte', () => {
    const { sdk } = copySdk()
    const { live } = setUp()
    fc.assert(
      fc.property(settingsFiles, (file) => {
        const { settings } = live.prepare(text(file), true)
        const launched = launchQuietly(sdk, { ...launch, settingsFile: JSON.parse(text(settings)) })
        expect(text(launched.SettingsFileManager?._clonedSettingsFile ?? {})).toBe(text(settings))
      }),
      { numRuns: 100 },
    )
  })

  it('give variations of proven settings the same ranges, whatever their weights are', () => {
    const { sdk } = copySdk()
    const { live } = setUp()
    const weight = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.string(),
      fc.constantFrom('', '0', '1e999', 'half'),
    )
    fc.assert(
      fc.property(fc.array(weight, { maxLength: 6 }), (weights) => {
        const variations = weights.map((each, n) => ({ id: n + 1, name: `v${n}`, weight: each, changes: {} }))
        const file = settingsFile({ campaigns: [abTest('checkout', { variations })] })
        const { settings } = live.prepare(text(file), true)
        const launched = launchQuietly(sdk, { ...launch, settingsFile: JSON.parse(text(file)) })
        expect(settings).toEqual(launched.SettingsFileManager?._clonedSettingsFile)
      }),
      { numRuns: 200 },
    )
  })

  it('never write into live settings: deeply frozen ones give the same answers', () => {
    const frozen = setUp()
    const plain = setUp()
    fc.assert(
      fc.property(settingsFiles, (file) => {
        for (const { live } of [frozen, plain]) live.commit(live.prepare(text(file), true))
        freeze(frozen.live.settings())
        freeze(frozen.live.instance()?.SettingsFileManager?._clonedSettingsFile)
        const [answers, expected] = [frozen, plain].map(({ live }) => answersOf(live.instance() as Decider))
        expect(answers).toEqual(expected)
      }),
      { numRuns: 15 },
    )
  })

  it('are launched anew where they are shaped otherwise', () => {
    const { live, swap } = setUp()
    swap(settingsFile())
    Object.assign(live.instance() as object, { SettingsFileManager: { renamed: true } })
    expect(swap(settingsFile({ campaigns: [decidesFor('checkout', 'new')] }))).toBe('launch')
    expect(live.instance()?.activate('checkout', 'ann')).toBe('new')
  })
})

describe('a swap', () => {
  const base = settingsFile({ campaigns: [decidesFor('checkout', 'old')] })
  const next = { ...base, campaigns: [decidesFor('checkout', 'new')] }

  it('is made in place where only campaigns, groups and the way of events change', () => {
    const { live, swap } = setUp()
    swap(base)
    const before = live.instance()
    expect(swap({ ...next, isEventArchEnabled: true, groups: {}, campaignGroups: {} })).toBe('in-place')
    expect(live.instance()).toBe(before)
    expect(before?.SettingsFileManager?._configObj.settingsFile).toBe(live.settings())
    expect(live.instance()?.activate('checkout', 'ann')).toBe('new')
  })

  it.each([
    ['accountId', { accountId: 654_321 }],
    ['sdkKey', { sdkKey: 'b'.repeat(32) }],
    ['isNB', { isNB: true }],
    ['isNBv2', { isNBv2: true }],
    ['collectionPrefix', { collectionPrefix: 'eu01' }],
  ])('launches anew where %s changes, and again where it changes back', (_field, change) => {
    const { live, swap, flags, urls } = setUp()
    swap(base)
    const before = live.instance()
    expect(swap({ ...next, ...change })).toBe('launch')
    expect(live.instance()).not.toBe(before)
    const now = { ...next, ...change } as typeof base
    expect(flags.getAll()).toMatchObject({ isNB: now.isNB, isNBv2: now.isNBv2 })
    expect(urls.collectionPrefix).toBe(now.collectionPrefix)
    expect(swap(base)).toBe('launch')
    expect(flags.getAll()).toEqual({ isEventArchEnabled: undefined, isNB: undefined, isNBv2: undefined })
    expect(urls.getBaseUrl()).toBe('dev.visualwebsiteoptimizer.com')
  })

  it('goes forward only', async () => {
    const { live } = setUp()
    const swapper = createSwapper('prod', { ...live, drain: async () => {} })
    const to = (revision: number, file: object) => ({
      text: text(file),
      revision,
      source: 'test' as const,
      isProven: false,
    })
    await swapper.swap(to(5, base))
    expect(await swapper.swap(to(4, next))).toBeUndefined()
    expect(await swapper.swap(to(5, next))).toBeUndefined()
    expect(live.instance()?.activate('checkout', 'ann')).toBe('old')
    await Promise.all([swapper.swap(to(7, next)), swapper.swap(to(6, base))])
    expect([swapper.revision(), live.instance()?.activate('checkout', 'ann')]).toEqual([7, 'new'])
  })

  it('goes forward only, too, where a launch waits for calls while the next swap comes', async () => {
    const { live } = setUp()
    const idle = () => {}
    let drained: () => void = idle
    const drain = () => new Promise<void>((resolve) => (drained = resolve))
    const swapper = createSwapper('prod', { ...live, drain })
    const to = (revision: number, file: object) =>
      ({ text: text(file), revision, source: 'test', isProven: false }) as const
    swapper.swapNow(to(1, base))
    const swaps = [swapper.swap(to(2, { ...base, isNBv2: true })), swapper.swap(to(3, next))]
    await until(
      () => drained,
      (found) => found !== idle,
    )
    drained()
    await until(
      () => swapper.revision(),
      (revision) => revision >= 2,
    )
    drained()
    await Promise.all(swaps)
    expect([swapper.revision(), live.instance()?.activate('checkout', 'ann')]).toEqual([3, 'new'])
  })

  it.each([
    ['no text', ''],
    ['half a text', text(next).slice(0, 200)],
    ['null', 'null'],
    ['a list', '[]'],
    ['a string', '"settings"'],
    ['an empty object', '{}'],
    ['an error body', '{"message":"Invalid api key"}'],
    ['campaigns with a gap', text({ ...next, campaigns: { 1: decidesFor('checkout', 'new') } })],
    ['a campaign that is null', text({ ...next, campaigns: [null] })],
    [
      'a variation that is null',
      text({ ...next, campaigns: [abTest('checkout', { variations: [null] as never })] }),
    ],
    ['a goal that is null', text({ ...next, campaigns: [abTest('checkout', { goals: [null] as never })] })],
    ['endless traffic', text(next).replace('"percentTraffic":100', '"percentTraffic":1e999')],
    ['a flag that is null', text({ ...next, isEventArchEnabled: null })],
    ['a prefix that is a number', text({ ...next, collectionPrefix: 1 })],
    [
      'a campaign of a missing group',
      text({ ...next, campaignGroups: { [decidesFor('checkout', 'new').id]: 9 } }),
    ],
    [
      'segments too deep to copy',
      text({ ...next, isNB: true }).replace(
        '"segments":{}',
        `"segments":${'{"not":'.repeat(9000)}{}${'}'.repeat(9000)}`,
      ),
    ],
  ])('to %s changes nothing', (_what, hostile) => {
    const batchEvents = { requestTimeInterval: 600 }
    const { live, swap, flags, urls, hooks } = setUp({ ...launch, batchEvents })
    swap({ ...base, isNBv2: true, collectionPrefix: 'eu01' })
    live.instance()?.activate('checkout', 'ann')
    const state = () => ({
      instance: live.instance(),
      settings: live.settings(),
      content: text(live.settings() ?? {}),
      manager: { ...live.instance()?.SettingsFileManager },
      flags: flags.getAll(),
      prefix: urls.collectionPrefix,
      callback: hooks.callback,
      queued: live.instance()?.batchEventsQueue?.queue.length,
    })
    const before = state()
    expect(() => swap(hostile)).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/settings-refused|swap-failed/) }),
    )
    const after = state()
    expect(after).toEqual(before)
    expect(after.instance).toBe(before.instance)
    expect(after.settings).toBe(before.settings)
    live.optOut()
  })

  it('that the SDK refuses to launch with keeps the instance, its queue and the account', () => {
    const { sdk, live, swap, urls } = setUp({ ...launch, batchEvents: { requestTimeInterval: 600 } })
    swap({ ...base, collectionPrefix: 'eu01' })
    live.instance()?.activate('checkout', 'ann')
    const before = live.instance()
    vi.spyOn(sdk, 'launch').mockImplementationOnce(() => ({}) as never)
    expect(() => swap({ ...next, accountId: 654_321 })).toThrow(
      expect.objectContaining({ code: 'swap-failed' }),
    )
    vi.spyOn(sdk, 'launch').mockImplementationOnce(() => {
      throw new RangeError('too deep')
    })
    expect(() => swap({ ...next, accountId: 654_321 })).toThrow(/too deep/)
    expect(live.instance()).toBe(before)
    expect(before?.batchEventsQueue?.queue).toHaveLength(1)
    expect(urls.collectionPrefix).toBe('eu01')
    const second = createVwoSdk({ sdk, launch, onCallbackError: () => {}, onEventError: () => {} })
    expect(second.commit(second.prepare(text(base), false))).toBe('launch')
    live.optOut()
  })
})

describe('one process works for one account', () => {
  const other = text(settingsFile({ accountId: 777 }))
  const client = (sdk: ReturnType<typeof setUp>['sdk']): LiveSdk =>
    createVwoSdk({ sdk, launch, onCallbackError: () => {}, onEventError: () => {} })

  it('a second client of another account is refused, and told to run elsewhere', () => {
    const { sdk, swap } = setUp()
    swap(settingsFile())
    const second = client(sdk)
    expect(() => second.commit(second.prepare(other, false))).toThrow(
      /account 777.*account 123456.*run a process for each account/,
    )
    expect(second.instance()).toBeUndefined()
    second.commit(second.prepare(text(settingsFile()), false))
    expect(second.instance()).toBeDefined()
  })

  it('the account may change where one client is alone, and when the other was closed', () => {
    const { sdk, live, swap } = setUp()
    swap(settingsFile())
    expect(swap(other)).toBe('launch')
    const second = client(sdk)
    expect(() => second.commit(second.prepare(text(settingsFile()), false))).toThrow(/run a process/)
    live.release()
    expect(second.commit(second.prepare(text(settingsFile()), false))).toBe('launch')
  })
})

describe('two clients of one account', () => {
  it('[invariant 6] each decide as launched after their swap, whatever the other has set for both', () => {
    const { sdk, live, swap, flags } = setUp()
    const settings = settingsFile({ campaigns: [abTest('checkout')], isNBv2: true })
    swap(settings)
    const second = createVwoSdk({ sdk, launch, onCallbackError: () => {}, onEventError: () => {} })
    second.commit(second.prepare(text(settingsFile()), false))
    expect(flags.getAll()).toMatchObject({ isNBv2: undefined })

    expect(swap({ ...settings, version: 2 })).toBe('launch')
    const fresh = launchQuietly(copySdk().sdk, { ...launch, settingsFile: structuredClone(settings) })
    expect(answersOf(live.instance() as Decider)).toEqual(answersOf(fresh))
    expect(swap({ ...settings, version: 3 })).toBe('in-place')
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
    const live = createVwoSdk({
      sdk: copySdk().sdk,
      launch: batching,
      onCallbackError: () => expect.fail(),
      onEventError: (what, error) => errors.push(`${what}: ${String(error)}`),
    })
    // A line break cannot stand in a header, and `https.request` throws.
    live.commit(live.prepare(text({ ...first, sdkKey: 'a\nb' }), false))
    live.instance()?.activate('checkout', 'ann')
    expect(await live.flush(1000)).toEqual({ status: false, message: 'Batch call could not be processed' })
    expect(errors).toEqual([expect.stringContaining('Cannot send a batch of events: TypeError')])
  })
})

describe('after many swaps', () => {
  const features = Array.from({ length: 20 }, (_, n) => featureTest(`feature-${n}`))
  const files = ['old', 'new'].map((name) =>
    settingsFile({ campaigns: [decidesFor('checkout', name), ...features] }),
  )

  it.each([
    ['1,000 swaps in place', 1000, {}],
    ['200 launches', 200, { isNBv2: true }],
  ])('[invariant 7] %s leave timers, listeners and memory where they were', async (_what, count, change) => {
    using _endpoint = takeEvents()
    const { live, swap, emitter } = setUp({ logging: silent, batchEvents: { requestTimeInterval: 600 } })
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
    const listeners = () => ({
      emitter: emitter.eventNames().map((name) => emitter.listenerCount(name)),
      process: process.eventNames().map((name) => process.listenerCount(name)),
    })
    const swapOften = async (times: number) => {
      for (let n = 0; n < times; n += 1) {
        swap({ ...files[n % 2], ...(n % 2 === 0 ? {} : change) })
        live.instance()?.activate('checkout', 'ann')
      }
      await live.flush(1000)
    }
    await swapOften(20)
    const before = { timers: timers(), listeners: listeners() }
    const heapBefore = heapAfterCollection()
    await swapOften(count)
    expect(listeners()).toEqual(before.listeners)
    // The test runner has a timer or two that come and go.
    expect(timers()).toBeLessThan(before.timers + 5)
    expect(heapAfterCollection() - heapBefore).toBeLessThan(3_000_000)
  })
})

function heapAfterCollection(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  return process.memoryUsage().heapUsed
}
