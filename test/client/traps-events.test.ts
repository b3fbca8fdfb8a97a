import { getEventListeners } from 'node:events'
import { describe, expect, it, vi } from 'vitest'
import { advance } from '../support/advance.ts'
import { takeEvents } from '../support/events-endpoint.ts'
import { launchQuietly, silent } from '../support/sdk-copy.ts'
import { decidesFor } from '../support/settings-file.ts'
import { settings, isDevelopmentMode, clientWith, reportingClient } from '../support/trapped-client.ts'

describe('flushEvents settles', () => {
  const batchEvents = { eventsPerRequest: 100, requestTimeInterval: 600 }

  it('[invariant 7] in development mode, with events and without', async () => {
    const client = clientWith({ isDevelopmentMode, batchEvents })
    expect(await client.flushEvents()).toEqual({
      status: false,
      message: 'Batch queue is empty. Nothing to flush.',
    })
    client.activate('checkout', 'ann')
    expect(await client.flushEvents()).toEqual({
      status: true,
      message: 'Development mode: nothing is sent.',
    })
    expect(await client.flushEvents()).toMatchObject({ status: false })
  })

  it('[invariant 7] without batchEvents, before the first settings and after opting out', async () => {
    expect(await clientWith({ isDevelopmentMode }).flushEvents()).toEqual({
      status: false,
      message: 'No batchEvents config present in launch API',
    })
    const early = reportingClient({ batchEvents }, null)
    expect(await early.methods.flushEvents()).toMatchObject({ status: false })
    const { methods } = reportingClient({ isDevelopmentMode, batchEvents })
    methods.setOptOut()
    expect(await methods.flushEvents()).toEqual({ status: false, message: 'opted out' })
  })

  it('[invariant 7] where VWO does not answer', async () => {
    using endpoint = takeEvents({ answers: false })
    const { methods, live } = reportingClient({ batchEvents })
    methods.activate('checkout', 'ann')
    expect(await live.flush(20)).toEqual({ status: false, message: 'Batch call is not finished after 20 ms' })
    expect(endpoint.sent).toHaveLength(1)
  })

  it('[invariant 7] in time again, a minute after VWO has not answered', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate'] })
    try {
      const { methods } = reportingClient({ batchEvents })
      const flushes: Promise<object>[] = []
      {
        using _silent = takeEvents({ answers: false })
        methods.activate('checkout', 'ann')
        flushes.push(methods.flushEvents())
      }
      using _answering = takeEvents()
      methods.activate('checkout', 'bob')
      flushes.push(methods.flushEvents())
      await advance(10_000)
      expect(await Promise.all(flushes)).toMatchObject([{ status: false }, { status: false }])
      await advance(50_000)
      methods.activate('checkout', 'cem')
      const flushed = methods.flushEvents()
      await advance(0)
      expect(await flushed).toEqual({ status: true, message: 'Batch call sent to VWO' })
      expect(vi.getTimerCount()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })

  it('with its own events, not when another instance has sent', async () => {
    using endpoint = takeEvents({ answers: false })
    const { methods, sdk, live } = reportingClient({ batchEvents, logging: silent })
    methods.activate('checkout', 'ann')
    const flushed = live.flush(50)
    const other = launchQuietly(sdk, {
      batchEvents,
      logging: silent,
      settingsFile: structuredClone(settings),
    })
    other.batchEventsQueue?.flushAndClearTimer()
    expect(await flushed).toMatchObject({ message: 'Batch call is not finished after 50 ms' })
    expect(endpoint.sent).toHaveLength(1)
  })

  it('and leaves no listener on what the SDK keeps for all instances', async () => {
    using _endpoint = takeEvents()
    const { methods, inside } = reportingClient({ batchEvents })
    const emitter = (inside('utils/CustomEventUtil') as { getInstance(): NodeJS.EventEmitter }).getInstance()
    methods.activate('checkout', 'ann')
    await methods.flushEvents()
    methods.setOptOut()
    expect(getEventListeners(emitter, 'batchCallCompleteion')).toEqual([])
  })
})

describe('setOptOut', () => {
  const batchEvents = { requestTimeInterval: 600 }
  const others = [
    { ...settings, campaigns: [decidesFor('checkout', 'red')] },
    { ...settings, isNBv2: true },
  ]

  it('before the first settings holds for all that come', () => {
    const { methods, update } = reportingClient({ isDevelopmentMode }, null)
    expect(methods.setOptOut()).toBe(true)
    for (const file of [settings, ...others]) {
      update(file)
      expect(methods.activate('checkout', 'ann')).toBeNull()
    }
  })

  it('answers as an SDK that was opted out, over swaps and launches', async () => {
    const { methods, update, sdk } = reportingClient({ isDevelopmentMode })
    methods.setOptOut()
    const launchAgain = vi.spyOn(sdk, 'launch')
    for (const file of others) {
      update(file)
      expect(methods.activate('checkout', 'ann')).toBeNull()
      expect(methods.getVariationName('checkout', 'ann')).toBeNull()
      expect(methods.track('checkout', 'ann', 'bought')).toBeNull()
      expect(methods.isFeatureEnabled('menu', 'ann')).toBe(false)
      expect(methods.getFeatureVariableValue('menu', 'colour', 'ann')).toBeNull()
      expect(methods.push('plan', 'gold', 'ann')).toBeNull()
      expect(await methods.getAndUpdateSettingsFile()).toBeNull()
    }
    expect(launchAgain).not.toHaveBeenCalled()
  })

  it('sends what was queued before, and nothing after', async () => {
    using endpoint = takeEvents()
    const { methods, update } = reportingClient({ batchEvents })
    methods.activate('checkout', 'ann')
    methods.setOptOut()
    methods.activate('checkout', 'bob')
    for (const file of others) update(file)
    methods.activate('checkout', 'cem')
    expect(await methods.flushEvents()).toMatchObject({ status: true })
    expect(endpoint.sent.map(({ body }) => (JSON.parse(body) as { ev: unknown[] }).ev.length)).toEqual([1])
  })

  it('in development mode with a queue leaves no timer behind', () => {
    vi.useFakeTimers()
    try {
      const { methods } = reportingClient({ isDevelopmentMode, batchEvents })
      methods.activate('checkout', 'ann')
      expect(vi.getTimerCount()).toBe(1)
      methods.setOptOut()
      expect(vi.getTimerCount()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })

  it('[invariant 7] promises where asked to, and settles calls that are in flight', async () => {
    using endpoint = takeEvents()
    let found: (stored: object) => void = () => {}
    const { methods } = reportingClient({
      batchEvents,
      asyncStorageConfig: {
        redisStorage: { get: () => new Promise<object>((resolve) => (found = resolve)), set: () => {} },
      },
    })
    const activated = methods.activate('checkout', 'ann')
    methods.setOptOut()
    found({})
    expect(await activated).toBe('green')
    expect(endpoint.sent).toHaveLength(1)
    const promising = reportingClient({ isDevelopmentMode, returnPromiseFor: { all: true } })
    const optedOut = promising.methods.setOptOut()
    expect(optedOut).toBeInstanceOf(Promise)
    expect(await optedOut).toBe(true)
    expect(await promising.methods.activate('checkout', 'ann')).toBeNull()
    expect(await promising.methods.push('plan', 'gold', 'ann')).toBeNull()
  })
})
