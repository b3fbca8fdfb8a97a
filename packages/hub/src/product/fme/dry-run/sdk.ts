/**
 * As much of the SDK as the hub uses. Its own typings lack some of it.
 *
 * @see vwo-fme-node-sdk 1.35.0 `lib/VWO.ts`, `lib/VWOClient.ts`
 * @module
 */
import type { SettingsFile } from '@vwo-hub/protocol/fme'
import type { CustomVariables } from '../../users.ts'

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
  readonly integrations: { callback(decision: object): void }
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
export interface FmeContext {
  id: string
  customVariables?: CustomVariables
  variationTargetingVariables?: CustomVariables
  ipAddress?: string
  userAgent?: string
  /** What a gateway would find out of the two. */
  _vwo?: { readonly location: object; readonly userAgent: object }
}

export interface FmeFlag {
  getVariables(): unknown
}
