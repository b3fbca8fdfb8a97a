/**
 * As much of the SDK as the dry run uses. Its own typings lack half of it.
 *
 * @see vwo-node-sdk 1.73.0 `lib/index.js`, `lib/VWO.js`
 * @module
 */
import type { Given } from '../../users.ts'

/** The SDK's number for its highest level. */
export const LOG_LEVEL_ERROR = 4

export interface VwoSdk {
  launch(config: {
    readonly settingsFile: object
    readonly isDevelopmentMode: true
    readonly logging: { readonly level: number; readonly logger: SdkLogger }
    readonly userStorageService?: UserStorage
  }): VwoInstance
}

export interface SdkLogger {
  log(level: number, message: unknown): void
}

/** Where the SDK asks what a user got before. */
export interface UserStorage {
  get(userId: string, campaignKey: string): object | undefined
  set(data: object): void
}

export interface DecisionOptions extends Omit<Given, 'context'> {
  readonly revenueValue?: number
  readonly eventProperties?: Readonly<Record<string, unknown>>
}

export interface VwoInstance {
  activate(campaignKey: string, userId: string, options?: DecisionOptions): unknown
  getVariationName(campaignKey: string, userId: string, options?: DecisionOptions): unknown
  isFeatureEnabled(campaignKey: string, userId: string, options?: DecisionOptions): unknown
  getFeatureVariableValue(
    campaignKey: string,
    variableKey: string,
    userId: string,
    options?: DecisionOptions,
  ): unknown
  track(campaignKey: string | null, userId: string, goal: string, options?: DecisionOptions): unknown
  push(key: string, value: string, userId: string): unknown
}
