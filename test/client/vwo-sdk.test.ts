import * as fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { createSwapper } from '../../packages/client/dist/swap.js'
import { createVwoSdk } from '../../packages/client/dist/product/fullstack/vwo-sdk.js'
import { answersOf, type Decider } from '../support/calls.ts'
import { launch, liveSdk, text } from '../support/live-sdk.ts'
import { copySdk, launchQuietly } from '../support/sdk-copy.ts'
import { settingsFiles } from '../support/settings-arbitrary.ts'
import { abTest, decidesFor, settingsFile } from '../support/settings-file.ts'
import { until } from '../support/until.ts'
import { runs } from '../support/runs.ts'

function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return
  Object.freeze(value)
  Object.values(value).forEach(freeze)
}

describe('the insides of vwo-node-sdk ~1.73 that a swap in place relies on', () => {
  it('are where they are looked for', () => {
    const { live, swap } = liveSdk({ ...launch, batchEvents: { eventsPerRequest: 5 } })
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
    const { live } = liveSdk()
    fc.assert(
      fc.property(settingsFiles, (file) => {
        const { settings } = live.prepare(text(file), true)
        const launched = launchQuietly(sdk, { ...launch, settingsFile: JSON.parse(text(settings)) })
        expect(text(launched.SettingsFileManager?._clonedSettingsFile ?? {})).toBe(text(settings))
      }),
      { numRuns: runs(100) },
    )
  })

  it('give variations of proven settings the same ranges, whatever their weights are', () => {
    const { sdk } = copySdk()
    const { live } = liveSdk()
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
      { numRuns: runs(200) },
    )
  })

  it('never write into live settings: deeply frozen ones give the same answers', () => {
    const frozen = liveSdk()
    const plain = liveSdk()
    fc.assert(
      fc.property(settingsFiles, (file) => {
        for (const { live } of [frozen, plain]) live.commit(live.prepare(text(file), true))
        freeze(frozen.live.settings())
        freeze(frozen.live.instance()?.SettingsFileManager?._clonedSettingsFile)
        const [answers, expected] = [frozen, plain].map(({ live }) => answersOf(live.instance() as Decider))
        expect(answers).toEqual(expected)
      }),
      { numRuns: runs(15) },
    )
  })

  it('are launched anew where they are shaped otherwise', () => {
    const { live, swap } = liveSdk()
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
    const { live, swap } = liveSdk()
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
    const { live, swap, flags, urls } = liveSdk()
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
    const { live } = liveSdk()
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
    const { live } = liveSdk()
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
    const { live, swap, flags, urls, hooks } = liveSdk({ ...launch, batchEvents })
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
    const { sdk, live, swap, urls } = liveSdk({ ...launch, batchEvents: { requestTimeInterval: 600 } })
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
