import { execFile } from 'node:child_process'
import { getEventListeners } from 'node:events'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { ClientError, type LaunchOptions } from '@vwo-hub/client'
import { createTestClient } from '@vwo-hub/client/testing'
import { describe, expect, it, vi } from 'vitest'
import { createFacade } from '../../packages/client/dist/product/fullstack/facade.js'
import { createVwoSdk } from '../../packages/client/dist/product/fullstack/vwo-sdk.js'
import { takeEvents } from '../support/events-endpoint.ts'
import { copySdk, launchQuietly, silent } from '../support/sdk-copy.ts'
import { abTest, decidesFor, featureRollout, goal, settingsFile } from '../support/settings-file.ts'
import { until } from '../support/until.ts'

const run = promisify(execFile)

const settings = settingsFile({ campaigns: [decidesFor('checkout', 'green'), featureRollout('menu')] })
const isDevelopmentMode = true

const clientWith = <const Launch extends LaunchOptions>(launch: Launch) =>
  createTestClient({ sdk: copySdk().sdk, settings, launch, sendEvents: true })

/** A client with the reports of what the app's own functions and calls did wrong. */
function reportingClient<const Launch extends LaunchOptions>(
  launch: Launch,
  first: object | null = settings,
) {
  const reports: string[] = []
  const { sdk, inside } = copySdk()
  const report = (what: string, error: unknown) => reports.push(`${what}: ${(error as Error).message}`)
  const live = createVwoSdk({
    sdk,
    launch,
    onCallbackError: report,
    onEventError: report,
  })
  const update = (file: object) => live.commit(live.prepare(JSON.stringify(file), false))
  if (first !== null) update(first)
  const { methods, drain } = createFacade({
    live,
    launch,
    requestRefresh: async () => {},
    onEventError: report,
  })
  return { methods, drain, live, update, reports, sdk, inside }
}

function refusalOf(options: { launch?: unknown; sdk?: unknown; setings?: unknown }): string {
  try {
    createTestClient({ sdk: copySdk().sdk, settings, ...options } as never)
  } catch (error) {
    expect(error).toBeInstanceOf(ClientError)
    expect((error as ClientError).code).toBe('option-invalid')
    return (error as ClientError).message
  }
  return 'not refused'
}

describe('methods', () => {
  it('work when taken off the client', () => {
    const {
      activate,
      getVariationName,
      getVariation,
      track,
      isFeatureEnabled,
      getFeatureVariableValue,
      push,
    } = clientWith({ isDevelopmentMode })
    expect(activate('checkout', 'ann')).toBe('green')
    expect(getVariationName('checkout', 'ann')).toBe('green')
    expect(getVariation('checkout', 'ann')).toBe('green')
    expect(track('checkout', 'ann', 'bought')).toMatchObject({ checkout: true })
    expect(isFeatureEnabled('menu', 'ann')).toBe(true)
    expect(getFeatureVariableValue('menu', 'colour', 'ann')).toBe('blue')
    expect(push('plan', 'gold', 'ann')).toMatchObject({ plan: true })
  })

  it('push takes both of its forms, and no other', () => {
    const client = clientWith({ isDevelopmentMode, logging: silent })
    expect(client.push('plan', 'gold', 'ann')).toMatchObject({ plan: true })
    expect(client.push({ plan: 'gold', size: 'l' }, 'ann')).toMatchObject({ plan: true, size: true })
    const push = client.push as (...args: unknown[]) => unknown
    expect(push('plan')).toBe(false)
    expect(push('plan', 'gold', 'ann', undefined)).toBe(false)
  })

  it('answer what the SDK answers for "not part", before the first settings', async () => {
    const { methods } = reportingClient({ isDevelopmentMode }, null)
    expect(methods.activate('checkout', 'ann')).toBeNull()
    expect(methods.getVariationName('checkout', 'ann')).toBeNull()
    expect(methods.getVariation('checkout', 'ann')).toBeNull()
    expect(methods.track('checkout', 'ann', 'bought')).toBeNull()
    expect(methods.isFeatureEnabled('menu', 'ann')).toBe(false)
    expect(methods.getFeatureVariableValue('menu', 'colour', 'ann')).toBeNull()
    expect(methods.push('plan', 'gold', 'ann')).toBe(false)
    expect(await methods.getAndUpdateSettingsFile()).toBeNull()
  })

  it('resolve with the settings in use when these were asked for anew', async () => {
    const client = clientWith({ isDevelopmentMode })
    expect(await client.getAndUpdateSettingsFile()).toMatchObject({
      accountId: 123_456,
      campaigns: [{ key: 'checkout' }, {}],
    })
  })

  it('hand out settings that the app may change, without a change of what is decided', async () => {
    const client = clientWith({ isDevelopmentMode })
    client.update(settings)
    const handedOut = (await client.getAndUpdateSettingsFile()) as { campaigns: { status: string }[] }
    for (const campaign of handedOut.campaigns) campaign.status = 'PAUSED'
    expect(client.activate('checkout', 'ann')).toBe('green')
  })
})

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
      asyncStorageConfig: { redisStorage: { get, set: get as never } },
    })
    expect(await methods.activate('checkout', 'ann')).toBe('green')
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
      await vi.advanceTimersByTimeAsync(60_000)
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
        get: () => {
          throw new Error('get failed')
        },
        set: async () => Promise.reject(new Error('set failed')),
      },
    })
    expect(methods.activate('checkout', 'ann')).toBe('green')
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

describe('options of a call that the SDK cannot write', () => {
  const circular: { self?: unknown } = {}
  circular.self = circular
  const eventSettings = settingsFile({
    isEventArchEnabled: true,
    campaigns: [
      decidesFor('checkout', 'green', { goals: [goal('bought'), goal('bought it all')] }),
      featureRollout('menu', { segments: { or: [{ custom_variable: { plan: 'gold' } }] } }),
    ],
  })

  it('[invariant 7] end no process, and are told once for each option', async () => {
    const app = fileURLToPath(new URL('../support/bad-calls.mjs', import.meta.url))
    const { stdout } = await run(process.execPath, [app], {
      env: { SETTINGS: JSON.stringify(eventSettings) },
    })
    const left = (option: string, reason: string) =>
      `event-failed Left out ${option} of the options of a call: ${reason}`
    expect(stdout.split('\n')).toEqual([
      expect.stringContaining(
        left('eventProperties', 'Do not know how to serialize a BigInt. Decisions go on.'),
      ),
      expect.stringContaining(left('revenueValue', 'Do not know how to serialize a BigInt')),
      'sent 5, and lives',
      '',
    ])
  })

  it('are left out of the event, and the others stay', () => {
    using endpoint = takeEvents()
    const { methods, reports } = reportingClient({}, eventSettings)
    const options = { eventProperties: { circular }, userAgent: '\ud800', userIpAddress: '10.0.0.1' }
    expect(methods.track('checkout', 'ann', 'bought', options)).toEqual({ checkout: true })
    expect(reports).toEqual([
      expect.stringMatching(/^Left out eventProperties of the options of a call: Converting circular/),
      'Left out userAgent of the options of a call: URI malformed',
    ])
    expect(endpoint.sent).toMatchObject([{ ip: '10.0.0.1' }])
    expect(options.eventProperties.circular).toBe(circular)
  })

  it('[invariant 7] leave no call of an asynchronous storage without its answer', async () => {
    const { methods, reports } = reportingClient(
      { isDevelopmentMode, asyncStorageConfig: { redisStorage: { get: async () => ({}), set: () => {} } } },
      eventSettings,
    )
    const customVariables = { plan: 'gold', circular }
    expect(await methods.isFeatureEnabled('menu', 'ann', { customVariables: { plan: 'gold' } })).toBe(true)
    expect(await methods.isFeatureEnabled('menu', 'ann', { customVariables })).toBe(false)
    expect(await methods.getFeatureVariableValue('menu', 'colour', 'ann', { customVariables })).toBeNull()
    expect(reports).toEqual([
      expect.stringMatching(/^Left out customVariables of the options of a call: /),
      expect.stringMatching(/^Left out customVariables of the options of a call: /),
    ])
  })

  it('that are null are as absent ones', () => {
    const { methods, reports } = reportingClient({ isDevelopmentMode })
    expect(methods.activate('checkout', 'ann', { userAgent: null } as never)).toBe('green')
    expect(reports).toEqual([])
  })
})

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
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
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
      await vi.advanceTimersByTimeAsync(10_000)
      expect(await Promise.all(flushes)).toMatchObject([{ status: false }, { status: false }])
      await vi.advanceTimersByTimeAsync(50_000)
      methods.activate('checkout', 'cem')
      expect(await methods.flushEvents()).toEqual({ status: true, message: 'Batch call sent to VWO' })
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

describe('launch', () => {
  it('is silent on the console, but for what a logger of the app prints there', () => {
    const info = vi.spyOn(console, 'info').mockImplementation(() => {})
    try {
      const printing = {
        level: 2,
        logger: { log: (_level: number, message: string) => console.info(message) },
      } as const
      const options = {
        isDevelopmentMode,
        shouldTrackReturningUser: false,
        goalTypeToTrack: 'ALL',
        batchEvents: { eventsPerRequest: 5 },
        integrations: {},
      } as const
      clientWith(options)
      expect(info).not.toHaveBeenCalled()
      clientWith({ ...options, logging: printing })
      expect(info).toHaveBeenCalledWith(expect.stringContaining('SDK is properly'))
      expect(info).not.toHaveBeenCalledWith(expect.stringContaining('launch API'))
    } finally {
      info.mockRestore()
    }
  })

  it('leaves the options and the settings that it was given as they were', () => {
    const launch = { isDevelopmentMode, batchEvents: { eventsPerRequest: 5 }, logging: { ...silent } }
    const given = structuredClone(settings)
    Object.values(launch).forEach(Object.freeze)
    const client = createTestClient({
      sdk: copySdk().sdk,
      settings: Object.freeze(given),
      launch: Object.freeze(launch),
    })
    client.activate('checkout', 'ann')
    expect(Object.keys(launch)).toEqual(['isDevelopmentMode', 'batchEvents', 'logging'])
    expect(given).toEqual(settings)
  })

  it('takes the SDK from its default import, or a namespace that has it', () => {
    const { sdk } = copySdk()
    for (const module of [sdk, { default: sdk } as never, { ...sdk, default: sdk }]) {
      const client = createTestClient({ sdk: module, settings })
      expect(client.activate('checkout', 'ann')).toBe('green')
    }
  })

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['the function launch', copySdk().sdk.launch],
    ['what a named import would give', {}],
  ])('refuses %s for the SDK, and says how to import it', (_what, sdk) => {
    expect(refusalOf({ sdk })).toMatch(/^sdk: .*import vwoSdk from 'vwo-node-sdk'.*\nNothing was started\.$/)
  })

  it.each([
    ['settingsFile', { settingsFile: {} }, /launch\.settingsFile: leave it out; .*initialSettings/],
    [
      'pollingInterval',
      { pollingInterval: 5000 },
      /launch\.pollingInterval: leave it out; updates come through Redis/,
    ],
    ['sdkKey', { sdkKey: 'secret' }, /launch\.sdkKey: leave it out/],
    ['proxyUrl', { proxyUrl: 'http://proxy' }, /launch\.proxyUrl: leave it out/],
    ['an unknown option that no JSON can hold', { maxUsers: 10n }, /launch\.maxUsers: expected what JSON/],
    [
      'a storage that promises its answers',
      { userStorageService: { async get() {}, set() {} } },
      /userStorageService: .* use asyncStorageConfig: \{ redisStorage: \{ get, set \} \}/,
    ],
    ['no options at all', null, /launch: expected an object .*got null/],
    ['a text', 'launch', /launch: expected an object .*got string/],
    [
      'promises of batched events',
      { batchEvents: { eventsPerRequest: 5 }, returnPromiseFor: { all: true } },
      /returnPromiseFor: leave it out, or leave out launch\.batchEvents; .*never settle/,
    ],
    [
      'two storages',
      {
        userStorageService: { get() {}, set() {} },
        asyncStorageConfig: { redisStorage: { get() {}, set() {} } },
      },
      /asyncStorageConfig: leave it out, or leave out launch\.userStorageService/,
    ],
    ['isDevelopmentMode', { isDevelopmentMode: 'yes' }, /isDevelopmentMode: expected true or false/],
    [
      'shouldTrackReturningUser',
      { shouldTrackReturningUser: 1 },
      /shouldTrackReturningUser: expected true or false/,
    ],
    ['goalTypeToTrack', { goalTypeToTrack: 'all' }, /goalTypeToTrack: expected one of REVENUE_TRACKING/],
    ['logging.level', { logging: { level: 5 } }, /logging: expected an object with level \(0 to 4\)/],
    ['logging.logger', { logging: { logger: console.log } }, /logging: expected .*logger/],
    ['batchEvents', { batchEvents: true }, /batchEvents: expected/],
    ['batchEvents that says nothing', { batchEvents: {} }, /batchEvents: expected/],
    [
      'eventsPerRequest',
      { batchEvents: { eventsPerRequest: 5001 } },
      /eventsPerRequest \(a whole number, 1 to 5000\)/,
    ],
    ['half an event', { batchEvents: { eventsPerRequest: 1.5 } }, /eventsPerRequest \(a whole number/],
    [
      'requestTimeInterval',
      { batchEvents: { requestTimeInterval: Infinity } },
      /requestTimeInterval \(seconds, 1 to 2147483\)/,
    ],
    ['flushCallback', { batchEvents: { eventsPerRequest: 5, flushCallback: 'f' } }, /function flushCallback/],
    [
      'userStorageService',
      { userStorageService: { get() {} } },
      /userStorageService: expected an object with the functions get and set/,
    ],
    [
      'asyncStorageConfig',
      { asyncStorageConfig: { get() {}, set() {} } },
      /asyncStorageConfig: expected an object with redisStorage/,
    ],
    [
      'integrations',
      { integrations: { callback: {} } },
      /integrations: expected an object with a function callback/,
    ],
    [
      'returnPromiseFor',
      { returnPromiseFor: { activat: true } },
      /returnPromiseFor: expected an object of true or false for all, activate/,
    ],
    ['returnPromiseFor.all', { returnPromiseFor: { all: 'yes' } }, /returnPromiseFor: expected/],
  ])('refuses %s, and says what to do', (_what, launch, told) => {
    expect(refusalOf({ launch })).toMatch(told)
  })

  it('lists all faults at once, without the values', () => {
    const faults = refusalOf({
      setings: settings,
      sdk: null,
      launch: { pollingInterval: 1, sdkKey: 'secret-key', logging: 4, isDevelopmentMode: 0 },
    })
    expect(faults.split('\n')).toEqual([
      'setings: expected one of sdk, settings, launch, sendEvents.',
      expect.stringMatching(/^sdk: /),
      expect.stringMatching(/^launch\.pollingInterval: /),
      expect.stringMatching(/^launch\.sdkKey: /),
      expect.stringMatching(/^launch\.logging: /),
      expect.stringMatching(/^launch\.isDevelopmentMode: /),
      'Nothing was started.',
    ])
    expect(faults).not.toContain('secret-key')
  })

  it('hands on what it does not know, and says so once, with what may be meant', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    try {
      const { sdk } = copySdk()
      const launched: object[] = []
      const watched = { launch: (config: object) => launched.push(config) && sdk.launch(config) }
      const launch = { isDevelopmentMode, isDevelopementMode: true, isNew: { deeply: 1 } }
      const client = createTestClient({ sdk: watched, settings, launch })
      client.update({ ...settings, isNBv2: true })
      expect(launched).toMatchObject([launch, launch])
      expect(warned.mock.calls.map(([message]) => message)).toEqual([
        'Options of launch that are not known are handed on to the SDK as they are: launch.isDevelopementMode (isDevelopmentMode?), launch.isNew.',
      ])
    } finally {
      warned.mockRestore()
    }
  })

  it('takes returnPromiseFor.optOut for what the SDK takes it for, and no other method', async () => {
    const client = createTestClient({
      sdk: copySdk().sdk,
      settings,
      launch: { isDevelopmentMode, logging: silent, returnPromiseFor: { optOut: true } },
    })
    expect(client.activate('checkout', 'ann')).toBe('green')
    expect(await client.setOptOut().then((isOptedOut) => isOptedOut)).toBe(true)
    expect(client.activate('checkout', 'ann')).toBeNull()
  })

  it('takes options that are undefined for absent ones', () => {
    const options = {
      isDevelopmentMode,
      batchEvents: undefined,
      returnPromiseFor: undefined,
      pollingInterval: undefined,
    }
    expect(refusalOf({ launch: options })).toBe('not refused')
  })
})

it('decisions keep to groups: of two campaigns that exclude each other a user is in one', () => {
  const ids = [abTest('checkout').id, abTest('menu').id] as number[]
  const client = createTestClient({
    sdk: copySdk().sdk,
    settings: settingsFile({
      campaigns: [abTest('checkout'), abTest('menu')],
      groups: { 7: { name: 'one of them', campaigns: ids } },
      campaignGroups: Object.fromEntries(ids.map((id) => [id, 7])),
    }),
  })
  const counts = [0, 0, 0]
  for (let n = 0; n < 50; n += 1) {
    const inside = ['checkout', 'menu'].filter((key) => client.activate(key, `user-${n}`) !== null)
    counts[inside.length] = (counts[inside.length] ?? 0) + 1
  }
  expect(counts).toEqual([0, 50, 0])
})
