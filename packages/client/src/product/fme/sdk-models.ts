/**
 * What is looked into of `vwo-fme-node-sdk`, in the versions from 1.35 on: the client that `init` makes, and its models of a
 * settings-file. Which of it is there is checked (`sdk-shape.ts`), never taken for granted.
 *
 * @module
 */

/** `vwo-fme-node-sdk` as the app imports it: the namespace, or an object with its `init`. */
export interface FmeSdkModule {
  /** Makes an instance. */
  init(options: never): Promise<unknown>
}

/** A request that the SDK wants to have sent. */
export interface SdkRequest {
  getOptions(): {
    readonly scheme?: string
    readonly hostname?: string
    readonly port?: number
    readonly path?: string
    readonly headers?: Readonly<Record<string, string | number>>
    readonly body?: object
  }
}

/** What the SDK takes for an answer. */
export interface SdkResponse {
  getStatusCode(): number | undefined
  getData(): unknown
  getError(): unknown
  getTotalAttempts(): number
  getHeaders(): object
}

/** What `network.client` has to be. */
export interface SdkNetworkClient {
  GET(request: SdkRequest): Promise<SdkResponse>
  POST(request: SdkRequest): Promise<SdkResponse>
}

export interface SdkVariable {
  getId(): number | string
  getKey(): string
  getType(): string
  getValue(): unknown
}

export interface SdkVariation {
  getId(): number | string
  getKey(): string
  getWeight(): number
  getSegments(): object | undefined
  getVariables(): readonly SdkVariable[]
  setStartRange(start: number): void
  setEndRange(end: number): void
}

export interface SdkCampaign {
  getId(): number
  getKey(): string
  getType(): string
  getSegments(): object | undefined
  getVariations(): SdkVariation[]
}

export interface SdkFeature {
  getKey(): string
  getName(): string
  getId(): number | string
  getRules(): readonly {
    getCampaignId(): number
    getVariationId?(): number | undefined
    getRuleKey(): string
  }[]
  getMetrics(): readonly { getIdentifier(): string }[]
  getRulesLinkedCampaign(): readonly SdkCampaign[]
  setRulesLinkedCampaign(campaigns: readonly SdkCampaign[]): void
  setIsGatewayServiceRequired(isRequired: boolean): void
}

export interface SdkHoldout {
  getSegments(): object | undefined
  setIsGatewayServiceRequired(isRequired: boolean): void
}

/** The SDK's model of a settings-file. */
export interface SdkSettings {
  getFeatures(): readonly SdkFeature[]
  getCampaigns(): readonly SdkCampaign[]
  /** Since 1.39. */
  getHoldouts?(): readonly SdkHoldout[]
}

export type SdkSettingsClass = new (settings: object) => SdkSettings

/** What `getFlag` resolves with. */
export interface SdkFlag {
  isEnabled(): boolean
  getVariables(): readonly (Partial<SdkVariable> & {
    readonly id?: number | string
    readonly key?: string
    readonly type?: string
    readonly value?: unknown
  })[]
  /** Since 1.37. */
  getSessionId?(): number
  /** Since 1.38. */
  getUUID?(): string
}

/** Since 1.36 what one client shares with nobody; before, all of it is in the SDK's modules. */
export interface SdkContainer {
  setSettings(settings: SdkSettings): void
  getSegmentationManager(): object
  injectServiceContainer?(container: object): void
  getBatchEventsQueue?(): object | null | undefined
}

/** A client of the SDK. */
export interface SdkClient {
  settings: SdkSettings
  originalSettings: object
  isSettingsValid?: boolean
  serviceContainer?: SdkContainer
  readonly options?: object
  getFlag(key: string, context: object): Promise<SdkFlag>
  trackEvent(...args: readonly unknown[]): Promise<Record<string, boolean>>
  setAttribute(...args: readonly unknown[]): Promise<void>
  setAlias(contextOrUserId: unknown, aliasId: string): Promise<boolean>
  updateSettings(settings: object): Promise<void>
  flushEvents(): Promise<{ readonly status: string; readonly events: unknown }>
  /** Since 1.42. */
  shutdown?(): Promise<void>
}
