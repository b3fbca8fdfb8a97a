/** Where users' variations are kept, answered at once. */
export interface UserStorageService {
  get(userId: string, campaignKey: string): object | null | undefined
  set(data: object): unknown
}

/** Where users' variations are kept, answered with promises. */
export interface AsyncStorageConfig {
  readonly redisStorage: {
    get(userId: string, campaignKey: string): Promise<object | null | undefined>
    set(data: object): unknown
  }
}

/**
 * Options of the SDK's `launch`, all but `settingsFile`, `pollingInterval` and `sdkKey`, which the client takes the place
 * of, and `proxyUrl`, which works in browsers only. Those, and what the SDK does not know, are refused.
 *
 * @see vwo-node-sdk 1.73.0 `lib/index.js`
 */
export interface LaunchOptions {
  /** Decide, but send nothing to VWO. @default false */
  readonly isDevelopmentMode?: boolean
  /** @default false */
  readonly shouldTrackReturningUser?: boolean
  /** @default "ALL" */
  readonly goalTypeToTrack?: 'REVENUE_TRACKING' | 'CUSTOM_GOAL' | 'ALL'
  readonly logging?: {
    /** 0: all, 1: debug, 2: info, 3: warn, 4: error. @default 4 */
    readonly level?: 0 | 1 | 2 | 3 | 4
    readonly logger?: { log(level: number, message: string): unknown }
    readonly haveColoredLogs?: boolean
  }
  /** Send events in batches; not together with `returnPromiseFor`. */
  readonly batchEvents?: {
    /** A whole number, 1 to 5000. @default 100 */
    readonly eventsPerRequest?: number
    /** In seconds. @default 600 */
    readonly requestTimeInterval?: number
    readonly flushCallback?: (error: unknown, events: string) => unknown
  }
  readonly userStorageService?: UserStorageService
  readonly asyncStorageConfig?: AsyncStorageConfig
  readonly integrations?: { readonly callback?: (properties: Record<string, unknown>) => unknown }
  /** Answer with promises, which settle when VWO has the event. */
  readonly returnPromiseFor?: {
    readonly all?: boolean
    readonly activate?: boolean
    readonly getVariationName?: boolean
    readonly track?: boolean
    readonly isFeatureEnabled?: boolean
    readonly getFeatureVariableValue?: boolean
    readonly push?: boolean
  }
}

const goalTypes = ['REVENUE_TRACKING', 'CUSTOM_GOAL', 'ALL']
const promiseNames = new Set([
  'all',
  'activate',
  'getVariationName',
  'track',
  'isFeatureEnabled',
  'getFeatureVariableValue',
  'push',
])

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isFunction = (value: unknown): boolean => typeof value === 'function'
const isOptional = (isRight: (value: unknown) => boolean) => (value: unknown) =>
  value === undefined || isRight(value)
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
  userStorageService: ['an object with the functions get and set', isOptional(isStorage)],
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
    const expectation = Object.hasOwn(expectations, name)
      ? expectations[name as keyof LaunchOptions]
      : undefined
    if (expectation === undefined) {
      return [
        `launch.${name}: expected one of ${Object.keys(expectations).join(', ')}; the SDK knows no such option.`,
      ]
    }
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

/**
 * The options as the SDK can bear them: it serialises them with `JSON.stringify` (a circular storage service would kill
 * the instance), takes async functions for no functions, and lets what callbacks throw escape.
 *
 * @param onError - Told what a callback or a storage threw.
 */
export function shieldLaunchOptions(
  launch: LaunchOptions,
  onError: (from: string, error: unknown) => void,
): LaunchOptions {
  const { batchEvents, integrations, userStorageService, asyncStorageConfig, logging, ...plain } = launch

  /** Calls a function of the app's; what it throws or rejects with is reported, and `undefined` is the answer. */
  const attempt = <T>(from: string, call: () => T): T | undefined => {
    try {
      const result = call()
      if (result instanceof Promise) result.catch((error: unknown) => onError(from, error))
      return result
    } catch (error) {
      onError(from, error)
      return undefined
    }
  }

  // Only what the SDK knows: anything else in there might be what `JSON.stringify` cannot bear.
  const { eventsPerRequest, requestTimeInterval, flushCallback } = batchEvents ?? {}
  const { level, haveColoredLogs, logger } = logging ?? {}
  const callback = integrations?.callback
  const storage = asyncStorageConfig?.redisStorage
  return {
    ...plain,
    ...(batchEvents && {
      batchEvents: {
        ...(eventsPerRequest !== undefined && { eventsPerRequest }),
        ...(requestTimeInterval !== undefined && { requestTimeInterval }),
        ...(flushCallback && {
          flushCallback: (error, events) => void attempt('flushCallback', () => flushCallback(error, events)),
        }),
      },
    }),
    ...(integrations && {
      integrations: callback
        ? { callback: (properties) => void attempt('integrations.callback', () => callback(properties)) }
        : {},
    }),
    ...(logging && {
      logging: {
        ...(level !== undefined && { level }),
        ...(haveColoredLogs !== undefined && { haveColoredLogs }),
        ...(logger && {
          logger: {
            log: (ofLine, message) => void attempt('logging.logger', () => logger.log(ofLine, message)),
          },
        }),
      },
    }),
    ...(userStorageService && {
      userStorageService: {
        get: (userId, campaignKey) =>
          attempt('userStorageService.get', () => userStorageService.get(userId, campaignKey)),
        set: (data) => void attempt('userStorageService.set', () => userStorageService.set(data)),
      },
    }),
    ...(storage && {
      asyncStorageConfig: {
        redisStorage: {
          // Answers with nothing on failure: the SDK would never settle, or leave a rejection unhandled.
          get: async (userId, campaignKey) => {
            try {
              return await storage.get(userId, campaignKey)
            } catch (error) {
              onError('asyncStorageConfig.redisStorage.get', error)
              return {}
            }
          },
          set: (data) => void attempt('asyncStorageConfig.redisStorage.set', () => storage.set(data)),
        },
      },
    }),
  }
}
