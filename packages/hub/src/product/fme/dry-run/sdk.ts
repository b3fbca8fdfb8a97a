/**
 * As much of the SDK as the hub uses. Its own typings lack some of it.
 *
 * @see vwo-fme-node-sdk 1.35.0 `lib/VWO.ts`, `lib/VWOClient.ts`
 * @module
 */
import type { SettingsFile } from '@vwo-hub/protocol/fme'
import type { CustomVariables, UserContext } from '../../users.ts'

export interface FmeSdk {
  /** Resolves with undefined where it could not make a client. */
  init(options: InitOptions): Promise<FmeClient | undefined>
}

export interface InitOptions {
  readonly accountId: string
  readonly sdkKey: string
  readonly settings: SettingsFile
  readonly network: { readonly client: NetworkClient }
  readonly logger: { readonly level: string; readonly transports: readonly Transport[] }
  readonly integrations: { callback(decision: FmeDecision): void }
  readonly pollInterval: number
  readonly isUsageStatsDisabled: true
  readonly isBatchingDisabled: true
}

export interface NetworkClient {
  GET(request: object): Promise<NetworkAnswer>
  POST(request: object): Promise<NetworkAnswer>
}

interface NetworkAnswer {
  getStatusCode(): number
  getData(): object
  getError(): undefined
  getTotalAttempts(): number
}

/** Where lines of its log go, from this level on. */
export interface Transport {
  readonly level: string
  log(level: string, message: unknown): void
}

export interface FmeClient {
  /** False, or absent, where it has refused the settings. */
  readonly isSettingsValid?: boolean
  /** What it validates at each call. */
  readonly originalSettings?: object
  getFlag(featureKey: string, context: FmeContext): Promise<FmeFlag>
  trackEvent(event: string, context: FmeContext, properties?: object): Promise<unknown>
  setAttribute(key: string, value: string, context: FmeContext): Promise<unknown>
}

/** Never one object for two calls: it is changed in place. */
export interface FmeContext extends UserContext {
  id: string
  customVariables?: CustomVariables
  variationTargetingVariables?: CustomVariables
}

export interface FmeFlag {
  isEnabled(): boolean
  getVariables(): readonly { readonly key: string; readonly value: unknown }[]
}

/** What it calls back with: by which rules a flag is on. */
export interface FmeDecision {
  readonly rolloutId?: number | string
  readonly rolloutVariationId?: number | string
  readonly experimentId?: number | string
  readonly experimentVariationId?: number | string
}
