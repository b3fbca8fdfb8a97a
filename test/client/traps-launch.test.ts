import { createTestClient } from '@vwo-hub/client/testing'
import { describe, expect, it, vi } from 'vitest'
import { copySdk, silent } from '../support/sdk-copy.ts'
import { settings, isDevelopmentMode, clientWith, refusalOf } from '../support/trapped-client.ts'

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
