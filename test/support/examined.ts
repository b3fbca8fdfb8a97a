import type { RedisServer } from '@vwo-hub/sandbox'
import type { Finding } from './doctor.ts'
import { account, webhookSecret } from './hub-config.ts'
import { startHubs, type Hubs } from './hubs.ts'
import { until } from './until.ts'

/** The variables of a hub. */
export const variablesOf = ({ environment, vwo }: Pick<Hubs, 'environment' | 'vwo'>, redisUrl: string) => ({
  REDIS_URL: redisUrl,
  VWO_ENVIRONMENT: environment,
  VWO_ACCOUNT_ID: String(account.accountId),
  VWO_SDK_KEY: account.sdkKey,
  VWO_WEBHOOK_SECRETS: webhookSecret,
  VWO_BASE_URL: vwo.url,
})

/** Hubs for doctor to look at, at the Redis that a file has: each with everything, and it has reported. */
export const createExamined =
  ({ server, cleanUps }: { readonly server: RedisServer; readonly cleanUps: (() => unknown)[] }) =>
  async () => {
    const hubs = await startHubs({ url: server.url })
    cleanUps.push(hubs.close)
    await until(
      () => hubs.redis.zcard(hubs.keys.hubs),
      (count) => count === 1,
    )
    const env = variablesOf(hubs, server.url)
    return {
      ...hubs,
      env,
      /** Where VWO is not what is looked at: a good answer of it is tried in a thread, which costs more than all the rest. */
      envWithoutVwo: { ...env, VWO_BASE_URL: 'http://127.0.0.1:1' },
    }
  }

/** State and text of what one check has found. */
export const of = (findings: readonly Finding[], check: string) =>
  findings.filter((finding) => finding.check === check).map(({ state, text }) => [state, text])

/** The checks that have failed. */
export const wrong = (findings: readonly Finding[]) =>
  findings.filter(({ state }) => state === 'failure').map(({ check }) => check)
