/**
 * The methods of an SDK instance, typed as they behave. The SDK's own typings cannot be used for this: they lack
 * members, know accountId as a string only, and their `const enum`s break under `isolatedModules`.
 *
 * @see vwo-node-sdk 1.73.0 `lib/VWO.js`
 * @module
 */

import type { CampaignKey, CampaignKeys, GoalKey, VariableKey } from './keys.ts'
import type { GoalType } from './launch-options.ts'

/** Text; the SDK's typings write it as an object. */
type Text = string | { valueOf(): string }
/** Where any key will do. */
type OtherText<Keys extends CampaignKeys> = string extends CampaignKey<Keys> ? Text : never

/** Options of one call; the SDK's `VWOApiOptions` fits. */
export interface CallOptions {
  /** What segments ask for, by name. */
  readonly customVariables?: Record<string, unknown>
  /** What whitelisting asks for, by name. */
  readonly variationTargetingVariables?: Record<string, unknown>
  /** What the app's storage knows of the user in this campaign, where it has been asked already. */
  readonly userStorageData?: object
  /** Whether a user whom the storage knows is sent again. */
  readonly shouldTrackReturningUser?: boolean
  /** Handed on to the user storage, by identity. */
  readonly metaData?: Record<string, unknown>
  /** Properties of the event. What cannot be written as JSON is left out, and told. */
  readonly eventProperties?: Record<string, unknown>
  /** The browser of the user: VWO tells bots by it. */
  readonly userAgent?: Text
  /** Where the user is, for post segmentation. */
  readonly userIpAddress?: Text
}

/** Options of `track`; the SDK's `VWOTrackGoalOptions` fits. */
export interface TrackOptions extends CallOptions {
  /** What the conversion was worth. Goals of revenue need it. */
  readonly revenueValue?: number | string
  /** Which goals are tracked. @default what the launch options say */
  readonly goalTypeToTrack?: GoalType
}

/** By campaign key: whether the goal was tracked. */
export type Tracked = Record<string, boolean>
/** By tag key: whether the value was sent. */
export type Pushed = Record<string, boolean> | false
/** A variable of a feature, of the type that it has at VWO. */
export type VariableValue = string | number | boolean | object

/** What `flushEvents` came to. */
export interface FlushResult {
  /** Whether all has arrived. */
  readonly status: boolean
  /** The same in words, for people. */
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
  readonly getAndUpdateSettingsFile: unknown
}

/** The methods of the SDK. Each answers at once or with a promise, as {@link MethodsFor} has it. */
export interface MethodsThatAnswer<A extends Answers, Keys extends CampaignKeys = CampaignKeys> {
  /** The variation of the user, whom this makes a visitor of the campaign; `null` when not part of it. */
  activate(campaignKey: CampaignKey<Keys>, userId: string, options?: CallOptions): A['activate']
  /** The variation of the user, without an event; `null` when not part of the campaign. */
  getVariationName(
    campaignKey: CampaignKey<Keys>,
    userId: string,
    options?: CallOptions,
  ): A['getVariationName']
  /** The older name of `getVariationName`. */
  getVariation(campaignKey: CampaignKey<Keys>, userId: string, options?: CallOptions): A['getVariationName']
  /** Counts a conversion. `null` for the campaigns: every one that has the goal. */
  track(
    campaigns: CampaignKey<Keys> | readonly (CampaignKey<Keys> | OtherText<Keys>)[] | null | undefined,
    userId: string,
    goalIdentifier: GoalKey<Keys>,
    options?: TrackOptions,
  ): A['track']
  /** Whether the feature is on for the user, whom this makes a visitor of a feature test. */
  isFeatureEnabled(
    campaignKey: CampaignKey<Keys>,
    userId: string,
    options?: CallOptions,
  ): A['isFeatureEnabled']
  /** A variable of a feature for the user, without an event; `null` when not part of it. */
  getFeatureVariableValue<Campaign extends CampaignKey<Keys>>(
    campaignKey: Campaign,
    variableKey: VariableKey<Keys, Campaign>,
    userId: string,
    options?: CallOptions,
  ): A['getFeatureVariableValue']
  /** Sends a value for the user, for post segmentation. */
  push(tagKey: string, tagValue: string, userId: string): A['push']
  /** The same, several at once. */
  push(tags: Record<string, string>, userId: string): A['push']
  /** For good: every later decision is "not part", over swaps too. Events queued before are sent. */
  setOptOut(): A['setOptOut']
  /** Sends the events that `batchEvents` has queued. Always settles. */
  flushEvents(): Promise<FlushResult>
  /**
   * Asks the hub for a refresh, and resolves with the settings-file in use after it. The arguments of the SDK's method
   * are not needed.
   *
   * @throws ClientError `redis-unreachable`, `redis-forbidden`, `settings-refused`, `timeout` or `closed`; the settings in
   *   use stay.
   */
  getAndUpdateSettingsFile(accountId?: string, sdkKey?: string): A['getAndUpdateSettingsFile']
}

/** What methods answer, at once. */
interface SyncAnswers {
  readonly activate: string | null
  readonly getVariationName: string | null
  readonly track: Tracked | null
  readonly isFeatureEnabled: boolean
  readonly getFeatureVariableValue: VariableValue | null
  readonly push: Pushed | null
  readonly setOptOut: boolean
}

/** What the SDK's typings say that they answer: less than they do. */
interface TypedAnswers {
  readonly activate: string | null
  readonly getVariationName: string | null
  readonly track: Record<string, boolean>
  readonly isFeatureEnabled: boolean
  readonly getFeatureVariableValue: string | number | boolean | null
  readonly push: boolean
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
  IsOn<Given<Given<Launch, 'returnPromiseFor'>, Name extends 'setOptOut' ? 'optOut' : Name>>
>
/** What an asynchronous storage is asked about. */
type IsStored<Launch, Name extends keyof SyncAnswers> = Name extends 'push' | 'setOptOut'
  ? false
  : IsObject<Given<Launch, 'asyncStorageConfig'>>

/** With a promise or at once, or one of the two where that is open. */
type Answer<Value, HasPromise extends boolean> = HasPromise extends true ? Promise<Value> : Value

type Answered<
  Values extends Record<keyof SyncAnswers, unknown>,
  Launch,
  Keys extends CampaignKeys,
  File,
> = MethodsThatAnswer<
  {
    [Name in keyof SyncAnswers]: Answer<
      Values[Name],
      Either<IsPromised<Launch, Name>, IsStored<Launch, Name>>
    >
  } & { readonly getAndUpdateSettingsFile: Promise<File> },
  Keys
>

/** What answers with a promise follows from the launch options, and what can be asked for from the keys. */
export type MethodsFor<Launch, Keys extends CampaignKeys = CampaignKeys> = Answered<
  SyncAnswers,
  Launch,
  Keys,
  object | null
>

/**
 * The same a second time as the SDK's typings have it: a client then fits where a `vwoInstance` is asked for, though those
 * know no `null`. A call goes by the first.
 */
export type MethodsAsTyped<Launch, Keys extends CampaignKeys = CampaignKeys> = Answered<
  TypedAnswers,
  Launch,
  Keys,
  object
>

/** The methods with their answers left open; what every `MethodsFor` is one of. */
export type VwoMethods = MethodsThatAnswer<Answers>
