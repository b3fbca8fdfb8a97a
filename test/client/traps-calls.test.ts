import type { LaunchOptions } from '@vwo-hub/client'
import { describe, expect, it, vi } from 'vitest'
import { advance } from '../support/advance.ts'
import { takeEvents } from '../support/events-endpoint.ts'
import { silent } from '../support/sdk-copy.ts'
import { until } from '../support/until.ts'
import { isDevelopmentMode, clientWith, reportingClient } from '../support/trapped-client.ts'

describe('calls that promise an answer', () => {
  const storage = { get: async () => ({}), set: () => {} }
  const unknown = async (methods: ReturnType<typeof clientWith<{ returnPromiseFor: { all: true } }>>) => [
    await methods.activate('unknown', 'ann'),
    await methods.getVariationName('unknown', 'ann'),
    await methods.getVariation('unknown', 'ann'),
    await methods.track('unknown', 'ann', 'bought'),
    await methods.isFeatureEnabled('unknown', 'ann'),
    await methods.getFeatureVariableValue('unknown', 'colour', 'ann'),
  ]

  it('answer as those that do not', async () => {
    const client = clientWith({ isDevelopmentMode, returnPromiseFor: { all: true } })
    expect(await client.activate('checkout', 'ann')).toBe('green')
    expect(await client.isFeatureEnabled('menu', 'ann')).toBe(true)
    expect(await client.getFeatureVariableValue('menu', 'colour', 'ann')).toBe('blue')
    expect(await client.track('checkout', 'ann', 'bought')).toEqual({ checkout: true })
    expect(await client.push('plan', 'gold', 'ann')).toEqual({ plan: true })
  })

  it('answer null or false for an unknown campaign', async () => {
    const promising = clientWith({ isDevelopmentMode, logging: silent, returnPromiseFor: { all: true } })
    expect(await unknown(promising)).toEqual([null, null, null, { unknown: false }, false, null])
    const storing = clientWith({
      isDevelopmentMode,
      logging: silent,
      asyncStorageConfig: { redisStorage: storage },
    })
    const tracked = { unknown: false, isDevelopmentMode }
    expect(await unknown(storing as never)).toEqual([null, null, null, tracked, false, null])
  })

  it('answer only for the methods that were chosen', async () => {
    const client = clientWith({ isDevelopmentMode, returnPromiseFor: { activate: true } })
    expect(await client.activate('checkout', 'ann')).toBe('green')
    expect(client.activate('checkout', 'ann')).toBeInstanceOf(Promise)
    expect(client.isFeatureEnabled('menu', 'ann')).toBe(true)
  })

  it('leave the options of a call as they were', async () => {
    using _endpoint = takeEvents()
    const client = clientWith({ returnPromiseFor: { all: true } })
    const options = Object.freeze({ customVariables: { plan: 'gold' } })
    expect(await client.activate('checkout', 'ann', options)).toBe('green')
    expect(options).toEqual({ customVariables: { plan: 'gold' } })
    await client.close()
  })

  it.each([
    ['rejects', async () => Promise.reject(new Error('storage is down'))],
    [
      'throws',
      () => {
        throw new Error('storage is down')
      },
    ],
  ])('[invariant 7] settle where the storage %s, and the app is told', async (_how, get) => {
    const { methods, reports } = reportingClient({
      isDevelopmentMode,
      asyncStorageConfig: {
        redisStorage: { get: (user) => (user === 'ann' ? get() : Promise.resolve({})), set: get as never },
      },
    })
    // What is stored of her is not known, and stays.
    expect(await methods.activate('checkout', 'ann')).toBe('green')
    expect(await methods.activate('checkout', 'bob')).toBe('green')
    await until(
      () => reports,
      (told) => told.length === 2,
    )
    expect(reports).toEqual([
      'asyncStorageConfig.redisStorage.get: storage is down',
      'asyncStorageConfig.redisStorage.set: storage is down',
    ])
  })

  it('[invariant 7] settle where neither the storage nor VWO ever answers', async () => {
    vi.useFakeTimers()
    try {
      using endpoint = takeEvents({ answers: false })
      const storing = reportingClient({
        asyncStorageConfig: { redisStorage: { get: () => new Promise<object>(() => {}), set: () => {} } },
      })
      const promising = reportingClient({ returnPromiseFor: { all: true } })
      const answers = Promise.all([
        storing.methods.activate('checkout', 'ann'),
        promising.methods.activate('checkout', 'ann'),
        promising.methods.isFeatureEnabled('menu', 'ann'),
        promising.methods.push('plan', 'gold', 'ann'),
      ])
      expect(endpoint.sent).toHaveLength(3)
      await advance(60_000)
      // VWO need not answer for a decision to be known.
      expect(await answers).toEqual([null, 'green', true, false])
      expect(vi.getTimerCount()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })

  it('are waited for by what has to wait, but not for long', async () => {
    vi.useFakeTimers()
    try {
      const { methods, drain } = reportingClient({
        asyncStorageConfig: { redisStorage: { get: () => new Promise<object>(() => {}), set: () => {} } },
      })
      await drain(1000)
      void methods.activate('checkout', 'ann')
      let isDrained = false
      void drain(1000).then(() => (isDrained = true))
      await vi.advanceTimersByTimeAsync(999)
      expect(isDrained).toBe(false)
      await vi.advanceTimersByTimeAsync(1)
      expect(isDrained).toBe(true)
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('functions of the app', () => {
  it('may come with anything beside them, which the SDK could not serialise', () => {
    const circular: { self?: unknown; count: bigint } = { count: 1n }
    circular.self = circular
    const beside = { circular } as object
    const client = clientWith({
      isDevelopmentMode,
      batchEvents: { ...beside, eventsPerRequest: 5 },
      logging: { ...beside, ...silent },
      integrations: { ...beside, callback: () => {} },
      asyncStorageConfig: { ...beside, redisStorage: { get: async () => ({}), set: () => {}, ...beside } },
    })
    expect(client.status).toMatchObject({ state: 'ready', revision: 1 })
    client.setOptOut()
  })

  it('a storage service that refers to itself keeps the SDK alive, and its `this` is kept', () => {
    const stored: object[] = []
    const userStorageService: LaunchOptions['userStorageService'] & { self?: unknown } = {
      get() {
        return this === userStorageService ? {} : expect.fail('lost its this')
      },
      set: (data) => stored.push(data),
    }
    userStorageService.self = userStorageService
    const metaData = { seen: new Date() }
    const client = clientWith({ isDevelopmentMode, userStorageService })
    expect(client.activate('checkout', 'ann', { metaData })).toBe('green')
    expect(stored).toMatchObject([{ userId: 'ann', campaignKey: 'checkout', variationName: 'green' }])
    expect((stored[0] as { metaData: object }).metaData).toBe(metaData)
  })

  it('metaData reaches an asynchronous storage by identity too', async () => {
    const stored: { metaData?: object }[] = []
    const metaData = { seen: new Date() }
    const client = clientWith({
      isDevelopmentMode,
      asyncStorageConfig: { redisStorage: { get: async () => ({}), set: (data) => stored.push(data) } },
    })
    await client.activate('checkout', 'ann', { metaData })
    expect(stored[0]?.metaData).toBe(metaData)
  })

  it('a storage service that throws or rejects changes no decision, and the app is told', async () => {
    const { methods, reports } = reportingClient({
      isDevelopmentMode,
      userStorageService: {
        get: (user) => {
          if (user === 'bob') return undefined
          throw new Error('get failed')
        },
        set: async () => Promise.reject(new Error('set failed')),
      },
    })
    // What is stored of her is not known, and stays.
    expect(methods.activate('checkout', 'ann')).toBe('green')
    expect(methods.activate('checkout', 'bob')).toBe('green')
    await until(
      () => reports,
      (told) => told.length === 2,
    )
    expect(reports).toEqual(['userStorageService.get: get failed', 'userStorageService.set: set failed'])
  })

  it('an async integrations callback is called, and its rejection reported', async () => {
    const seen: unknown[] = []
    const { methods, reports } = reportingClient({
      isDevelopmentMode,
      integrations: {
        callback: async (properties) => {
          seen.push(properties.variationName)
          throw new Error('callback failed')
        },
      },
    })
    expect(methods.activate('checkout', 'ann')).toBe('green')
    expect(seen).toEqual(['green'])
    await until(
      () => reports,
      (told) => told.length === 1,
    )
    expect(reports).toEqual(['integrations.callback: callback failed'])
  })

  it('an async flushCallback is called, and what it throws is reported', async () => {
    using _endpoint = takeEvents()
    const flushed: unknown[] = []
    const { methods, reports } = reportingClient({
      batchEvents: {
        eventsPerRequest: 10,
        flushCallback: async (error, events) => {
          flushed.push(error, (JSON.parse(events) as { ev: unknown[] }).ev.length)
          throw new Error('flushCallback failed')
        },
      },
    })
    methods.activate('checkout', 'ann')
    expect(await methods.flushEvents()).toEqual({ status: true, message: 'Batch call sent to VWO' })
    expect(flushed).toEqual([null, 1])
    await until(
      () => reports,
      (told) => told.length === 1,
    )
    expect(reports).toEqual(['flushCallback: flushCallback failed'])
  })

  it('a logger that throws changes no decision', () => {
    const { methods, reports } = reportingClient({
      isDevelopmentMode,
      logging: {
        level: 4,
        logger: {
          log: () => {
            throw new Error('log failed')
          },
        },
      },
    })
    expect(methods.activate('unknown', 'ann')).toBeNull()
    expect(methods.activate('checkout', 'ann')).toBe('green')
    expect(new Set(reports)).toEqual(new Set(reports.length > 0 ? ['logging.logger: log failed'] : []))
  })
})
