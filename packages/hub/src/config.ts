/** One accountId and sdkKey at VWO, under a name. */
export interface EnvironmentConfig {
  readonly name: string
  readonly accountId: string
  readonly sdkKey: string
  /** Every secret that a webhook may carry in `x-vwo-auth`. Empty only with `allowUnauthenticatedWebhooks`. */
  readonly webhookSecrets: readonly string[]
  readonly allowUnauthenticatedWebhooks: boolean
  /** @default "https://dev.visualwebsiteoptimizer.com" */
  readonly baseUrl: string
  /** Sent to VWO as `sdk`: the format of the file may depend on it. @default "vwo-node-sdk" */
  readonly sdk: string
  /** Sent to VWO as `sdk-v`. @default "1.73.0" */
  readonly sdkVersion: string
}

/** Where Redis is. Secrets are inside: never log it. */
export type RedisConfig =
  | { readonly kind: 'standalone'; readonly url: string }
  | {
      readonly kind: 'sentinel'
      readonly sentinels: readonly { host: string; port: number }[]
      readonly master: string
      readonly url?: string
    }
  | {
      readonly kind: 'cluster'
      readonly nodes: readonly { host: string; port: number }[]
      readonly url?: string
    }

/** Everything a hub is told from outside. */
export interface HubConfig {
  readonly environments: readonly EnvironmentConfig[]
  readonly redis: RedisConfig
  readonly prefix: string
  readonly host: string
  readonly port: number
  readonly adminHost: string
  readonly adminPort: number
  readonly adminToken: string | undefined
  /** Reconciling poll, in milliseconds; 0 turns it off. @default 60000 */
  readonly pollIntervalMs: number
  /** Limit for one whole request to VWO, body included, in milliseconds. @default 10000 */
  readonly fetchTimeoutMs: number
  /** Limit for the decoded settings-file. @default 2097152 */
  readonly maxSettingsBytes: number
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'
}
