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

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isFunction = (value: unknown): boolean => typeof value === 'function'
const isOptional = (isRight: (value: unknown) => boolean) => (value: unknown) =>
  value === undefined || isRight(value)
/** As far as can be seen: any function may answer with a promise. */
const isAsyncFunction = (value: unknown): boolean =>
  Object.prototype.toString.call(value) === '[object AsyncFunction]'
const isBoolean = isOptional((value) => typeof value === 'boolean')
const isStorage = (value: unknown): boolean =>
  isObject(value) && isFunction(value.get) && isFunction(value.set)
const within = (value: unknown, low: number, high: number): boolean =>
  typeof value === 'number' && value >= low && value <= high

/** The longest that a timer of Node can wait, in seconds; longer ones fire at once. */
const MAX_TIMER_SECONDS = Math.floor((2 ** 31 - 1) / 1000)

/** What each option must be. The SDK drops the whole configuration when one is wrong, with a line in its log. */
const expectations: Record<
  keyof LaunchOptions,
  readonly [expected: string, isRight: (value: unknown) => boolean]
> = {
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
  batchEvents: [
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
  userStorageService: [
    'an object with the functions get and set, of which get answers at once; for one that answers with a promise use asyncStorageConfig: { redisStorage: { get, set } }',
    isOptional((value) => isStorage(value) && !isAsyncFunction((value as { readonly get: unknown }).get)),
  ],
  asyncStorageConfig: [
    'an object with redisStorage, which has the functions get and set',
    isOptional((value) => isObject(value) && isStorage(value.redisStorage)),
  ],
  integrations: [
    'an object with a function callback',
    isOptional((value) => isObject(value) && isOptional(isFunction)(value.callback)),
  ],
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

/** What is wrong with options of `launch`. */
export function faultsOfLaunch(launch: LaunchOptions = {}): string[] {
  const given: unknown = launch
  if (!isObject(given)) {
    const got = given === null ? 'null' : typeof given
    return [`launch: expected an object of options of the SDK's launch, got ${got}.`]
  }
  const faults = Object.keys(given).flatMap((name) => {
    const instead = Object.hasOwn(replaced, name) ? replaced[name] : undefined
    if (instead !== undefined)
      return given[name] === undefined ? [] : [`launch.${name}: leave it out; ${instead}.`]
    const expectation = expectationOf(name)
    if (expectation === undefined) return faultsOfUnknown(name, given[name])
    const [expected, isRight] = expectation
    return isRight(given[name]) ? [] : [`launch.${name}: expected ${expected}.`]
  })
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

/** Names of options that are handed on to the SDK as they are: a newer one may know them. */
export function unknownLaunchOptions(launch: LaunchOptions = {}): string[] {
  return Object.keys(launch).filter(
    (name) => expectationOf(name) === undefined && !Object.hasOwn(replaced, name),
  )
}

/** The names of all options that are known. */
export const knownLaunchOptions: readonly string[] = Object.keys(expectations)

function expectationOf(name: string): (typeof expectations)[keyof LaunchOptions] | undefined {
  return Object.hasOwn(expectations, name) ? expectations[name as keyof LaunchOptions] : undefined
}

/** The SDK serialises all options, and forgets every one of them where that fails. */
function faultsOfUnknown(name: string, value: unknown): string[] {
  try {
    JSON.stringify(value)
    return []
  } catch {
    return [`launch.${name}: expected what JSON.stringify can write, or the SDK drops all of its options.`]
  }
}
