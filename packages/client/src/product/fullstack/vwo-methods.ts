/**
 * The methods of an SDK instance, typed as they behave. The SDK's own typings cannot be used for this: they lack
 * members, know accountId as a string only, and their `const enum`s break under `isolatedModules`.
 *
 * @see vwo-node-sdk 1.73.0 `lib/VWO.js`
 * @module
 */

/** Options of one call. */
export interface CallOptions {
  /** For segmentation. */
  readonly customVariables?: Record<string, unknown>
  /** For whitelisting. */
  readonly variationTargetingVariables?: Record<string, unknown>
  readonly userStorageData?: object
  readonly shouldTrackReturningUser?: boolean
  /** Handed on to the user storage, by identity. */
  readonly metaData?: Record<string, unknown>
  readonly eventProperties?: Record<string, unknown>
  readonly userAgent?: string
  readonly userIpAddress?: string
}

export interface TrackOptions extends CallOptions {
  readonly revenueValue?: number | string
  readonly goalTypeToTrack?: 'REVENUE_TRACKING' | 'CUSTOM_GOAL' | 'ALL'
}

/** By campaign key: whether the goal was tracked. */
export type Tracked = Record<string, boolean>
/** By tag key: whether the value was sent. */
export type Pushed = Record<string, boolean> | false
export type VariableValue = string | number | boolean | object

/** What `flushEvents` came to. */
export interface FlushResult {
  readonly status: boolean
  readonly message: string
}

/** How a call answers: at once, or with a promise where the launch options ask for one. */
interface Answers {
  readonly activate: unknown
  readonly getVariationName: unknown
  readonly track: unknown
  readonly isFeatureEnabled: unknown
  readonly getFeatureVariableValue: unknown
  readonly push: unknown
  readonly setOptOut: unknown
}

interface MethodsThatAnswer<A extends Answers> {
  /** The variation of the user, whom this makes a visitor of the campaign; `null` when not part of it. */
  activate(campaignKey: string, userId: string, options?: CallOptions): A['activate']
  /** The variation of the user, without an event; `null` when not part of the campaign. */
  getVariationName(campaignKey: string, userId: string, options?: CallOptions): A['getVariationName']
  /** The older name of `getVariationName`. */
  getVariation(campaignKey: string, userId: string, options?: CallOptions): A['getVariationName']
  /** Counts a conversion. `null` for the campaigns: every one that has the goal. */
  track(
    campaigns: string | readonly string[] | null | undefined,
    userId: string,
    goalIdentifier: string,
    options?: TrackOptions,
  ): A['track']
  isFeatureEnabled(campaignKey: string, userId: string, options?: CallOptions): A['isFeatureEnabled']
  getFeatureVariableValue(
    campaignKey: string,
    variableKey: string,
    userId: string,
    options?: CallOptions,
  ): A['getFeatureVariableValue']
  push(tagKey: string, tagValue: string, userId: string): A['push']
  push(tags: Record<string, string>, userId: string): A['push']
  /** For good: every later decision is "not part", over swaps too. Events queued before are sent. */
  setOptOut(): A['setOptOut']
  /** Sends the queued events. Always settles. */
  flushEvents(): Promise<FlushResult>
  /**
   * Asks the hub for a refresh, and resolves with the settings-file in use after it. The arguments of the SDK's method
   * are not needed.
   *
   * @throws ClientError `redis-unreachable`, `redis-forbidden`, `settings-refused`, `timeout` or `closed`; the settings in
   *   use stay.
   */
  getAndUpdateSettingsFile(): Promise<object | null>
}

interface SyncAnswers {
  readonly activate: string | null
  readonly getVariationName: string | null
  readonly track: Tracked | null
  readonly isFeatureEnabled: boolean
  readonly getFeatureVariableValue: VariableValue | null
  readonly push: Pushed | null
  readonly setOptOut: boolean
}

type Given<Options, Name extends PropertyKey> = Options extends unknown
  ? Name extends keyof Options
    ? Options[Name]
    : undefined
  : never
/** `boolean` where the type leaves it open, as it does for an option that is optional. */
type IsOn<Option> = Option extends true ? true : false
type IsObject<Option> = Option extends object ? true : false
type Either<A extends boolean, B extends boolean> = A extends true ? true : B

/** Asked for one by one, or all together. */
type IsPromised<Launch, Name extends keyof SyncAnswers> = Either<
  IsOn<Given<Given<Launch, 'returnPromiseFor'>, 'all'>>,
  IsOn<Given<Given<Launch, 'returnPromiseFor'>, Name>>
>
/** What an asynchronous storage is asked about. */
type IsStored<Launch, Name extends keyof SyncAnswers> = Name extends 'push' | 'setOptOut'
  ? false
  : IsObject<Given<Launch, 'asyncStorageConfig'>>

/** With a promise or at once, or one of the two where that is open. */
type Answer<Value, HasPromise extends boolean> = HasPromise extends true ? Promise<Value> : Value

/** What answers with a promise follows from the launch options. */
export type MethodsFor<Launch> = MethodsThatAnswer<{
  [Name in keyof SyncAnswers]: Answer<
    SyncAnswers[Name],
    Either<IsPromised<Launch, Name>, IsStored<Launch, Name>>
  >
}>

/** The methods with their answers left open; what every `MethodsFor` is one of. */
export type VwoMethods = MethodsThatAnswer<Answers>
