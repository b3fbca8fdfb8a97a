import {
  eventBatches,
  type Expectation,
  faultsOfOptions,
  integrations,
  isBoolean,
  isFunction,
  isObject,
  isOptional,
  isStorage,
  type KnownOptions,
  tellUnknown,
} from '../expectations.ts'
import type { FmeInitOptions } from './init-options.ts'
import type { FmeSdkModule } from './sdk-models.ts'

const isText = isOptional((value) => typeof value === 'string' && value !== '')
const isTransport = (value: unknown): boolean => isObject(value) && isFunction(value.log)

/** What each option must be. The SDK answers "off" to all, or ends the process, where some of them are not. */
const expectations: Record<keyof FmeInitOptions, Expectation> = {
  sdkKey: ['a text', isText],
  isDevelopmentMode: ['true or false', isBoolean],
  storage: ['an object with the functions get and set', isOptional(isStorage)],
  gatewayService: [
    'an object with a url such as http://gateway.internal:8000',
    isOptional((value) => isObject(value) && isGatewayUrl(value)),
  ],
  integrations,
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
  batchEventData: eventBatches,
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

const known: KnownOptions<FmeInitOptions> = { name: 'options', of: 'init', expectations, replaced }

/** What is wrong with options of `init`. */
export function faultsOfInit(options: FmeInitOptions = {}): string[] {
  const faults = faultsOfOptions(known, options)
  if (!isObject(options)) return faults
  if (options.isAliasingEnabled === true && options.gatewayService === undefined) {
    faults.push('options.isAliasingEnabled: expected gatewayService with it, which keeps the aliases.')
  }
  return faults
}

export const unknownInitOptions = (options: FmeInitOptions = {}): string | undefined =>
  tellUnknown(known, options)

/** What is wrong with what an app gives for the SDK. */
export function faultsOfFmeSdk(sdk: FmeSdkModule): string[] {
  if (typeof sdk?.init === 'function') return []
  return [
    "sdk: expected the SDK itself, got something without a function init. Use a named import: import { init } from 'vwo-fme-node-sdk', and give sdk: { init } (it has no default import).",
  ]
}

function isGatewayUrl({ url, protocol }: Record<string, unknown>): boolean {
  if (typeof url !== 'string') return false
  return URL.canParse(wholeUrl({ url, protocol: typeof protocol === 'string' ? protocol : undefined }))
}

/**
 * With its protocol, as the SDK means to put it together: without `protocol` it forgets the `://`, and takes a host whose name
 * begins with `http` for a whole URL.
 *
 * @see vwo-fme-node-sdk 1.35.0 to 1.60.0 `lib/services/SettingsService.ts`, `lib/constants/Url.ts`
 */
export function wholeUrl({
  url,
  protocol = 'https',
}: {
  readonly url: string
  readonly protocol?: string | undefined
}): string {
  return /^https?:\/\//.test(url) ? url : `${protocol}://${url}`
}
