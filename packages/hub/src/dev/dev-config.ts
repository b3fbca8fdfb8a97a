import type { EnvironmentConfig, HubConfig } from '../config/hub-config.ts'
import { productOf } from '../product/products.ts'

/** What differs from one `vwo-hub dev` to another. */
export interface DevConfigInput {
  readonly environment: Pick<
    EnvironmentConfig,
    'name' | 'product' | 'accountId' | 'sdkKey' | 'baseUrl' | 'webhookSecrets'
  >
  readonly redisUrl: string
  readonly prefix: string
  readonly port: number
  readonly adminPort: number
}

/** A hub with the usual limits, reachable from this machine alone. */
export function devConfig({ environment, redisUrl, prefix, port, adminPort }: DevConfigInput): HubConfig {
  const { sdk } = productOf(environment.product)
  return {
    environments: [
      {
        ...environment,
        allowUnauthenticatedWebhooks: false,
        sdk: sdk.name,
        sdkVersion: sdk.version,
      },
    ],
    redis: { kind: 'standalone', url: redisUrl },
    prefix,
    host: '127.0.0.1',
    port,
    adminHost: '127.0.0.1',
    adminPort,
    adminToken: undefined,
    pollIntervalMs: 60_000,
    fetchTimeoutMs: 10_000,
    maxSettingsBytes: 16_777_216,
    logLevel: 'warn',
  }
}
