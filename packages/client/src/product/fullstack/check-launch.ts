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
import type { LaunchOptions } from './launch-options.ts'

const goalTypes = ['REVENUE_TRACKING', 'CUSTOM_GOAL', 'ALL']
const promiseNames = new Set([
  'all',
  'activate',
  'getVariationName',
  'track',
  'isFeatureEnabled',
  'getFeatureVariableValue',
  'push',
  'optOut',
])

/** As far as can be seen: any function may answer with a promise. */
const isAsyncFunction = (value: unknown): boolean =>
  Object.prototype.toString.call(value) === '[object AsyncFunction]'
/** What each option must be. The SDK drops the whole configuration when one is wrong, with a line in its log. */
const expectations: Record<keyof LaunchOptions, Expectation> = {
  isDevelopmentMode: ['true or false', isBoolean],
  shouldTrackReturningUser: ['true or false', isBoolean],
  goalTypeToTrack: [
    `one of ${goalTypes.join(', ')}`,
    isOptional((value) => goalTypes.includes(value as string)),
  ],
  logging: [
    'an object with level (0 to 4) or logger (an object with a function log)',
    isOptional(
      (value) =>
        isObject(value) &&
        isOptional((level) => [0, 1, 2, 3, 4].includes(level as number))(value.level) &&
        isOptional((logger) => isObject(logger) && isFunction(logger.log))(value.logger),
    ),
  ],
  batchEvents: eventBatches,
  userStorageService: [
    'an object with the functions get and set, of which get answers at once; for one that answers with a promise use asyncStorageConfig: { redisStorage: { get, set } }',
    isOptional((value) => isStorage(value) && !isAsyncFunction((value as { readonly get: unknown }).get)),
  ],
  asyncStorageConfig: [
    'an object with redisStorage, which has the functions get and set',
    isOptional((value) => isObject(value) && isStorage(value.redisStorage)),
  ],
  integrations,
  returnPromiseFor: [
    `an object of true or false for ${[...promiseNames].join(', ')}`,
    isOptional(
      (value) =>
        isObject(value) &&
        Object.entries(value).every(([name, chosen]) => promiseNames.has(name) && isBoolean(chosen)),
    ),
  ],
}

/** Options that the client takes the place of, and what to do instead. */
const replaced: Record<string, string> = {
  settingsFile:
    'the client brings the settings; give `initialSettings` to createClient for those to begin with',
  pollingInterval: 'updates come through Redis; the SDK would poll for ever and die of a JSON null',
  sdkKey: 'it is only used for polling, which the hub does',
  proxyUrl: 'it only works in browsers; use the hub where apps cannot reach VWO',
}

const known: KnownOptions<LaunchOptions> = {
  ...{ name: 'launch', of: 'launch', expectations, replaced, faultsOfUnknown },
}

/** What is wrong with options of `launch`. */
export function faultsOfLaunch(launch: LaunchOptions = {}): string[] {
  const faults = faultsOfOptions(known, launch)
  if (!isObject(launch)) return faults
  if (launch.batchEvents !== undefined && launch.returnPromiseFor !== undefined) {
    faults.push(
      'launch.returnPromiseFor: leave it out, or leave out launch.batchEvents; with both, activate, track and push never settle.',
    )
  }
  if (launch.userStorageService !== undefined && launch.asyncStorageConfig !== undefined) {
    faults.push(
      'launch.asyncStorageConfig: leave it out, or leave out launch.userStorageService; the SDK would mix them.',
    )
  }
  return faults
}

export const unknownLaunchOptions = (launch: LaunchOptions = {}): string | undefined =>
  tellUnknown(known, launch)

/** The SDK serialises all options, and forgets every one of them where that fails. */
function faultsOfUnknown(name: string, value: unknown): string[] {
  try {
    JSON.stringify(value)
    return []
  } catch {
    return [`launch.${name}: expected what JSON.stringify can write, or the SDK drops all of its options.`]
  }
}
