import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { createFmeClient } from '@vwo-hub/client/fme'
import { fmeSettings } from '../support/fme-settings.ts'

const init = (): never => expect.fail()

/** What a client says to options that it refuses, before it connects anywhere. */
function refusalOf(more: object): string {
  const options = { environment: 'prod', redis: 'redis://127.0.0.1:1', sdk: { init }, ...more }
  try {
    createFmeClient(options)
  } catch (error) {
    expect(error).toMatchObject({ code: 'option-invalid' })
    return (error as Error).message
  }
  return expect.fail('expected a refusal')
}

describe('a client of FME', () => {
  it('refuses what is not the SDK, and says how to import it', () => {
    expect(refusalOf({ sdk: {} })).toMatch(/^sdk: .*import \{ init \} from 'vwo-fme-node-sdk'.*\nNothing was/)
  })

  it.each([
    ['accountId', { accountId: '1' }, /options\.accountId: leave it out; the settings-file says it/],
    ['settings', { settings: {} }, /options\.settings: leave it out; .*initialSettings/],
    [
      'pollInterval',
      { pollInterval: 5000 },
      /options\.pollInterval: leave it out; updates come through Redis/,
    ],
    ['retryConfig', { retryConfig: {} }, /options\.retryConfig: leave it out/],
    ['shouldWaitForTrackingCalls', { shouldWaitForTrackingCalls: true }, /would hold each decision/],
    ['what is for browsers', { clientStorage: {} }, /options\.clientStorage: leave it out; .*give `storage`/],
    ['no options at all', null, /options: expected an object .*got null/],
    ['a text', 'options', /options: expected an object .*got string/],
    ['sdkKey', { sdkKey: '' }, /options\.sdkKey: expected a text/],
    [
      'storage',
      { storage: { get() {} } },
      /options\.storage: expected an object with the functions get and set/,
    ],
    [
      'gatewayService',
      { gatewayService: { url: 'http://' } },
      /gatewayService: expected an object with a url/,
    ],
    [
      'integrations',
      { integrations: { callback: 1 } },
      /integrations: expected an object with a function callback/,
    ],
    ['a logger without level', { logger: { level: 4 } }, /logger: expected an object with a level/],
    [
      'network',
      { network: { client: { GET() {} } } },
      /network: expected an object with a client .* GET and POST/,
    ],
    ['batchEventData', { batchEventData: {} }, /batchEventData: expected an object with eventsPerRequest/],
    ['half an event', { batchEventData: { eventsPerRequest: 1.5 } }, /eventsPerRequest \(a whole number/],
    ['isBatchingDisabled', { isBatchingDisabled: 1 }, /isBatchingDisabled: expected true or false/],
    [
      'aliases without a gateway',
      { isAliasingEnabled: true },
      /isAliasingEnabled: expected gatewayService with it/,
    ],
  ])('refuses %s, and says what to do', (_what, options, told) => {
    expect(refusalOf({ options })).toMatch(told)
  })

  it('lists all faults at once, without the values', () => {
    const faults = refusalOf({ options: { sdkKey: 7, isBatchingDisabled: 'the-secret', accountId: 'mine' } })
    expect(faults.split('\n')).toHaveLength(4)
    expect(faults).not.toMatch(/the-secret|mine/)
  })
})

describe('a line of the log of the SDK', () => {
  afterEach(() => void vi.useRealTimers())
  /** How the SDK is told to say it. */
  const timeIn = async (logger?: { readonly level: string; readonly dateTimeFormat: () => string }) => {
    const told = new Promise<{ readonly logger: { dateTimeFormat(): string } }>((resolve) => {
      const client = createFmeClient({
        environment: 'prod',
        redis: 'redis://127.0.0.1:1',
        sdk: {
          init(options: never) {
            resolve(options)
            throw new Error('no more is asked of it')
          },
        },
        options: { ...(logger && { logger }) },
        initialSettings: fmeSettings([]),
      })
      onTestFinished(client.close)
    })
    return (await told).logger.dateTimeFormat
  }

  it('says when it was, as that of the SDK alone does, or as the app has it', async () => {
    const [time, own] = [await timeIn(), await timeIn({ level: 'ERROR', dateTimeFormat: () => 'now' })]
    vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 0, 2, 3, 4, 5, 6) })
    expect([time(), time()]).toEqual(['2026-01-02T03:04:05.006Z', '2026-01-02T03:04:05.006Z'])
    vi.setSystemTime(Date.now() + 1)
    expect(time()).toBe('2026-01-02T03:04:05.007Z')
    expect(own()).toBe('now')
  })
})
