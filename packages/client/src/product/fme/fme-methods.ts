import type { FeatureKey, FeatureKeys, VariablesOf } from './keys.ts'

/** Who a call is about. What a version of the SDK knows beyond this is handed on to it. */
export interface FmeContext {
  /** The user. */
  readonly id: string | number
  /** The browser of the user, for segments; a gateway service reads it. */
  readonly userAgent?: string | undefined
  /** Where the user is, for segments; a gateway service looks it up. */
  readonly ipAddress?: string | undefined
  /** What segments ask for, by name. */
  readonly customVariables?: Readonly<Record<string, unknown>> | undefined
  /** What forced variations ask for, by name. */
  readonly variationTargetingVariables?: Readonly<Record<string, unknown>> | undefined
  /** Names of custom variables that are sent with events. */
  readonly postSegmentationVariables?: readonly string[] | undefined
  /** Since 1.37 of the SDK. */
  readonly sessionId?: number | undefined
  /** Decides in place of the user; since 1.41 of the SDK. */
  readonly bucketingSeed?: string | undefined
  /** Since 1.43 of the SDK. */
  readonly isDevMode?: boolean | undefined
  /** Since 1.60 of the SDK. */
  readonly platformVariables?: Readonly<Record<string, unknown>> | undefined
  /** What a gateway service would say. */
  readonly _vwo?:
    | {
        /** `country`, `region`, `city`. */
        readonly location?: Readonly<Record<string, string>>
        /** `browser_string`, `os`, `device_type` and the like. */
        readonly userAgent?: Readonly<Record<string, string>>
      }
    | undefined
}

/** One variable of a flag. */
export interface FlagVariable {
  /** The number that VWO gave it. */
  readonly id: number | string
  /** By this it is asked for. */
  readonly key: string
  /** As VWO names it: `string`, `integer`, `double`, `boolean`, `json`. */
  readonly type: string
  /** A copy: changing it changes no settings. */
  readonly value: unknown
}

/** A decision. */
export interface Flag extends AnyFlag {
  /** The variable's value, or what is given for where there is none. */
  getVariable<T>(key: string, otherwise: T): T
  /** The same; `undefined` where there is none and nothing is given. */
  getVariable<T = unknown>(key: string, otherwise?: T): T | undefined
}

/** A decision about a feature whose variables are known, by key. */
export interface FlagWith<Variables> extends AnyFlag {
  /** The variable's value, or what is given for where there is none. */
  getVariable<Key extends keyof Variables & string>(key: Key, otherwise: Variables[Key]): Variables[Key]
  /** The same; `undefined` where there is none. */
  getVariable<Key extends keyof Variables & string>(key: Key): Variables[Key] | undefined
}

/** What is known of a decision, whatever the feature. */
interface AnyFlag {
  /** Whether the feature is on for the user. */
  isEnabled(): boolean
  /** All variables, as copies; none where the flag is off. */
  getVariables(): FlagVariable[]
  /** The name of the variation that decides the variables; `undefined` where the flag is off. Not one of the SDK's. */
  getVariationKey(): string | undefined
  /** In seconds; what the SDK says from 1.37 on. */
  getSessionId(): number
  /** Of the user, for a browser; `null` before 1.38 of the SDK, and for a flag that the settings do not know. */
  getUUID(): string | null
}

/** What an attribute of a user may be. */
export type AttributeValue = boolean | string | number

/** What became of queued events. */
export interface FmeFlushResult {
  /** `error` where some have not arrived within 10 seconds; they are tried further. */
  readonly status: 'success' | 'error'
  /** What the SDK had in its queue. */
  readonly events: unknown
}

type FlagFor<Keys extends FeatureKeys, Feature extends FeatureKey<Keys>> =
  string extends FeatureKey<Keys> ? Flag : FlagWith<VariablesOf<Keys, Feature>>

/** The methods of the SDK, for whichever settings are newest. None of them rejects, and each settles within 10 seconds. */
export interface FmeMethods<Keys extends FeatureKeys = FeatureKeys> {
  /** Decides; before the first settings, and for what the settings do not know, the flag is off. */
  getFlag<Feature extends FeatureKey<Keys>>(
    featureKey: Feature,
    context: FmeContext,
  ): Promise<FlagFor<Keys, Feature>>
  /**
   * Counts an event.
   *
   * @returns For the event `true` where some feature has it as a metric; that it was sent is not said. Nothing for a name that is
   *   no text.
   */
  trackEvent(
    eventName: Keys['events'],
    context: FmeContext,
    eventProperties?: Readonly<Record<string, unknown>>,
  ): Promise<Record<string, boolean>>
  /** Tells VWO something about the user, for segments after the fact. */
  setAttribute(key: string, value: AttributeValue, context: FmeContext): Promise<void>
  /** The same, several at once. */
  setAttribute(attributes: Readonly<Record<string, AttributeValue>>, context: FmeContext): Promise<void>
  /** Needs `isAliasingEnabled` and a gateway service. @returns Whether it was done. */
  setAlias(contextOrUserId: FmeContext | string, aliasId: string): Promise<boolean>
  /** Sends what is queued, and waits for what is on its way. */
  flushEvents(): Promise<FmeFlushResult>
  /**
   * Asks the hub for a refresh, and resolves when what came of it is in use. The arguments of the SDK's method are not
   * needed.
   *
   * @throws ClientError `redis-unreachable`, `redis-forbidden`, `settings-refused`, `timeout` or `closed`; the settings in
   *   use stay.
   */
  updateSettings(): Promise<void>
}
