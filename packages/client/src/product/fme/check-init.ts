import { nearestOf } from '@vwo-hub/protocol'
import type { FmeInitOptions } from './init-options.ts'
import type { FmeSdkModule } from './sdk-models.ts'

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isFunction = (value: unknown): boolean => typeof value === 'function'
const isOptional = (isRight: (value: unknown) => boolean) => (value: unknown) =>
  value === undefined || isRight(value)
const isBoolean = isOptional((value) => typeof value === 'boolean')
const isText = isOptional((value) => typeof value === 'string' && value !== '')
const within = (value: unknown, low: number, high: number): boolean =>
  typeof value === 'number' && value >= low && value <= high
const isTransport = (value: unknown): boolean => isObject(value) && isFunction(value.log)

/** The longest that a timer of Node can wait, in seconds; longer ones fire at once. */
const MAX_TIMER_SECONDS = Math.floor((2 ** 31 - 1) / 1000)

/** What each option must be. The SDK answers "off" to all, or ends the process, where some of them are not. */
const expectations: Record<
  keyof FmeInitOptions,
  readonly [expected: string, isRight: (value: unknown) => boolean]
> = {
  sdkKey: ['a text', isText],
  isDevelopmentMode: ['true or false', isBoolean],
  storage: [
    'an object with the functions get and set',
    isOptional((value) => isObject(value) && isFunction(value.get) && isFunction(value.set)),
  ],
  gatewayService: [
    'an object with a url such as http://gateway.internal:8000',
    isOptional((value) => isObject(value) && isGatewayUrl(value)),
  ],
  integrations: [
    'an object with a function callback',
    isOptional((value) => isObject(value) && isOptional(isFunction)(value.callback)),
  ],
  logger: [
    'an object with a level and perhaps transports: objects with a function log(level, message)',
    isOptional(
      (value) =>
        isObject(value) &&
        isText(value.level) &&
        isOptional(isTransport)(value.transport) &&
        isOptional((list) => Array.isArray(list) && list.every(isTransport))(value.transports) &&
        isOptional(isFunction)(value.dateTimeFormat),
    ),
  ],
  network: [
    'an object with a client that has the functions GET and POST',
    isOptional(
      (value) =>
        isObject(value) &&
        isOptional((client) => isObject(client) && isFunction(client.GET) && isFunction(client.POST))(
          value.client,
        ),
    ),
  ],
  batchEventData: [
    `an object with eventsPerRequest (a whole number, 1 to 5000) or requestTimeInterval (seconds, 1 to ${MAX_TIMER_SECONDS}), and perhaps a function flushCallback`,
    isOptional(
      (value) =>
        isObject(value) &&
        (value.eventsPerRequest !== undefined || value.requestTimeInterval !== undefined) &&
        isOptional((count) => Number.isInteger(count) && within(count, 1, 5000))(value.eventsPerRequest) &&
        isOptional((seconds) => within(seconds, 1, MAX_TIMER_SECONDS))(value.requestTimeInterval) &&
        isOptional(isFunction)(value.flushCallback),
    ),
  ],
  isBatchingDisabled: ['true or false', isBoolean],
  isUsageStatsDisabled: ['true or false', isBoolean],
  isAliasingEnabled: ['true or false', isBoolean],
}

/** Options that the client takes the place of, or that are for elsewhere, and what to do instead. */
const replaced: Record<string, string> = {
  accountId: 'the settings-file says it',
  settings:
    'the client brings the settings; give `initialSettings` to createFmeClient for those to begin with',
  pollInterval:
    'updates come through Redis; polls of the SDK bring none up to 1.35, and undo some from 1.36 on',
  retryConfig: 'the client sends events with pauses and bounds of its own',
  vwoBuilder: 'the client decides with the SDK as it is',
  wingifyBuilder: 'the client decides with the SDK as it is',
  segmentation: 'the SDK replaces it at each call',
  shouldWaitForTrackingCalls:
    'a collector that does not answer would hold each decision; `close` waits for events that are on their way',
  edgeConfig: 'it is for serverless functions, which no client can follow in',
  clientStorage: 'it is for browsers; give `storage`',
  browserConfig: 'it is for browsers',
  proxyUrl: 'it is for browsers; give `network.client` for a proxy',
}

/** What is wrong with options of `init`. */
export function faultsOfInit(options: FmeInitOptions = {}): string[] {
  const given: unknown = options
  if (!isObject(given)) {
    const got = given === null ? 'null' : typeof given
    return [`options: expected an object of options of the SDK's init, got ${got}.`]
  }
  const faults = Object.keys(given).flatMap((name) => {
    if (given[name] === undefined) return []
    if (Object.hasOwn(replaced, name)) return [`options.${name}: leave it out; ${replaced[name]}.`]
    if (!Object.hasOwn(expectations, name)) return []
    const [expected, isRight] = expectations[name as keyof FmeInitOptions]
    return isRight(given[name]) ? [] : [`options.${name}: expected ${expected}.`]
  })
  if (options.isAliasingEnabled === true && options.gatewayService === undefined) {
    faults.push('options.isAliasingEnabled: expected gatewayService with it, which keeps the aliases.')
  }
  return faults
}

/** Tells of options that are handed on to the SDK as they are: a newer one may know them. */
export function unknownInitOptions(options: FmeInitOptions = {}): string | undefined {
  const names = Object.keys(options).filter(
    (name) => !Object.hasOwn(expectations, name) && !Object.hasOwn(replaced, name),
  )
  if (names.length === 0) return undefined
  const told = names.map((name) => {
    const nearest = nearestOf(name, Object.keys(expectations))
    return nearest === undefined ? `options.${name}` : `options.${name} (${nearest}?)`
  })
  return `Options of init that are not known are handed on to the SDK as they are: ${told.join(', ')}.`
}

/** What is wrong with what an app gives for the SDK. */
export function faultsOfFmeSdk(sdk: FmeSdkModule): string[] {
  if (typeof sdk?.init === 'function') return []
  return [
    "sdk: expected the SDK itself, got something without a function init. Use a named import: import { init } from 'vwo-fme-node-sdk', and give sdk: { init } (it has no default import).",
  ]
}

/** @see vwo-fme-node-sdk 1.35.0 `lib/services/SettingsService.ts`: how it puts the URL together. */
function isGatewayUrl({ url, protocol }: Record<string, unknown>): boolean {
  if (typeof url !== 'string') return false
  const whole = /^https?:\/\//.test(url)
    ? url
    : `${typeof protocol === 'string' ? protocol : 'https'}://${url}`
  return URL.canParse(whole)
}
