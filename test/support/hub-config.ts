/**
 * The configuration of a hub in tests: one account, free ports of this host, no polls, nothing printed.
 *
 * @module
 */
import { createHub, type EnvironmentConfig, type Hub, type HubConfig } from '@vwo-hub/hub'
import type { Judging } from '../../packages/hub/dist/product/product.js'
import { defaultProduct } from '../../packages/hub/dist/product/products.js'
import { createLog } from '../../packages/hub/dist/log/log.js'

/** The account of every environment, as a simulator is told. */
export const account = { accountId: 123_456, sdkKey: 'the-sdk-key' } as const

/** What webhooks carry. */
export const webhookSecret = 'the-webhook-secret'

const maxSettingsBytes = 2_097_152

export const silentLog = createLog({ level: 'silent', secrets: [] })

/** The environment `prod`, at a VWO that nobody can reach, unless told otherwise. */
export function environmentConfig(overrides: Partial<EnvironmentConfig> = {}): EnvironmentConfig {
  return {
    name: 'prod',
    accountId: String(account.accountId),
    sdkKey: account.sdkKey,
    webhookSecrets: [webhookSecret],
    allowUnauthenticatedWebhooks: false,
    baseUrl: 'http://127.0.0.1:9',
    sdk: 'vwo-node-sdk',
    sdkVersion: '1.73.0',
    ...overrides,
  }
}

/** @param where - What every hub has to be told. */
export function hubConfig(where: Pick<HubConfig, 'redis' | 'environments'> & Partial<HubConfig>): HubConfig {
  return {
    prefix: 'vwo',
    host: '127.0.0.1',
    port: 0,
    adminHost: '127.0.0.1',
    adminPort: 0,
    adminToken: undefined,
    pollIntervalMs: 0,
    fetchTimeoutMs: 2000,
    maxSettingsBytes,
    logLevel: 'silent',
    ...where,
  }
}

/** Shared by all hubs of a process: what its thread loads takes longer than most tests. It ends with the process. */
export const sharedJudging: Judging = {
  ...defaultProduct.open({ maxBytes: maxSettingsBytes }),
  close: async () => {},
}

function judgingFor(config: HubConfig): Judging | undefined {
  const canBeShared =
    config.environments.every(({ product }) => product !== 'fme') &&
    config.maxSettingsBytes === maxSettingsBytes &&
    config.isStrict !== true
  return canBeShared ? sharedJudging : undefined
}

/** A hub in this process that says nothing. */
export function createSilentHub(config: HubConfig, judging = judgingFor(config)): Hub {
  return createHub(config, {
    log: silentLog,
    ...(judging && { judgings: { of: () => judging, close: judging.close } }),
  })
}
