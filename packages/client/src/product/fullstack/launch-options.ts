/**
 * What a storage knows of a user in a campaign; `null` or `undefined` for nothing. Not a promise of it: for that there is
 * `asyncStorageConfig`.
 */
export type StoredVariation = (object & { readonly then?: never }) | null | undefined

/** Where users' variations are kept, answered at once. */
export interface UserStorageService {
  /** The variation that the user was given before; answers at once. */
  get(userId: string, campaignKey: string): StoredVariation
  /** Keeps a variation. What it answers is ignored. */
  set(data: object): unknown
}

/** Where users' variations are kept, answered with promises. */
export interface AsyncStorageConfig {
  /** Any storage, not only Redis. */
  readonly redisStorage: {
    /** The variation that the user was given before. */
    get(userId: string, campaignKey: string): Promise<object | null | undefined>
    /** Keeps a variation. It is not waited for. */
    set(data: object): unknown
  }
}

/** Which goals are tracked; the SDK's `GoalTypeEnum` fits. */
export type GoalType = 'REVENUE_TRACKING' | 'CUSTOM_GOAL' | 'ALL' | (string & {})

/**
 * Options of the SDK's `launch`, all but `settingsFile`, `pollingInterval` and `sdkKey`, which the client takes the place
 * of, and `proxyUrl`, which works in browsers only: those are refused. One that is not listed here is handed on to the
 * SDK, with a warning.
 *
 * @see vwo-node-sdk 1.73.0 `lib/index.js`
 */
export interface LaunchOptions {
  /** Decide, but send nothing to VWO. @default false */
  readonly isDevelopmentMode?: boolean
  /** Whether users that the storage knows are sent again. @default false */
  readonly shouldTrackReturningUser?: boolean
  /** Which goals `track` tracks where the call does not say. @default "ALL" */
  readonly goalTypeToTrack?: GoalType
  /** What becomes of the SDK's own log. By default it prints errors. */
  readonly logging?: {
    /** 0: all, 1: debug, 2: info, 3: warn, 4: error. @default 4 */
    readonly level?: number
    /** Gets each line in place of the console. */
    readonly logger?: {
      /** Gets one line, with its level as above. */
      log(level: number, message: string): unknown
    }
    /** Whether lines on the console are coloured. */
    readonly haveColoredLogs?: boolean
  }
  /** Send events in batches, by number or by time; not together with `returnPromiseFor`. */
  readonly batchEvents?: {
    /** A whole number, 1 to 5000. @default 100 */
    readonly eventsPerRequest?: number
    /** In seconds. @default 600 */
    readonly requestTimeInterval?: number
    /** Told of each batch that was sent, or not. */
    readonly flushCallback?: ((error: unknown, events: string) => unknown) | AnyFunction
  }
  /** Keeps users in the variation that they were given first. */
  readonly userStorageService?: UserStorageService
  /** The same with promises: then methods answer with promises too. */
  readonly asyncStorageConfig?: AsyncStorageConfig
  /** What is told of what the SDK does. */
  readonly integrations?: {
    /** Told of each decision. */
    readonly callback?: (properties: Record<string, unknown>) => unknown
  }
  /** Answer with promises, which settle when VWO has the event. */
  readonly returnPromiseFor?: {
    /** Every method. */
    readonly all?: boolean
    /** `activate`. */
    readonly activate?: boolean
    /** `getVariationName`. */
    readonly getVariationName?: boolean
    /** `track`. */
    readonly track?: boolean
    /** `isFeatureEnabled`. */
    readonly isFeatureEnabled?: boolean
    /** `getFeatureVariableValue`. */
    readonly getFeatureVariableValue?: boolean
    /** `push`. */
    readonly push?: boolean
    /** `setOptOut`. */
    readonly optOut?: boolean
  }
}

/** How the SDK's typings write a callback. */
type AnyFunction = Function
