import { account, webhookSecret } from './hub-config.ts'

/** The variables of `vwo-hub serve` for one environment of the account of tests, at free ports of this host. */
export const serveEnv = (where: {
  readonly redisUrl: string
  readonly vwoUrl: string
  /** @default "default" */
  readonly environment?: string
}) => ({
  REDIS_URL: where.redisUrl,
  VWO_ACCOUNT_ID: String(account.accountId),
  VWO_SDK_KEY: account.sdkKey,
  VWO_WEBHOOK_SECRETS: webhookSecret,
  VWO_BASE_URL: where.vwoUrl,
  HUB_HOST: '127.0.0.1',
  HUB_PORT: '0',
  HUB_ADMIN_PORT: '0',
  ...(where.environment !== undefined && { VWO_ENVIRONMENT: where.environment }),
})
