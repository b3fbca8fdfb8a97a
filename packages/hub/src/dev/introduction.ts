/**
 * What `vwo-hub dev` says first: where everything is, and what to try.
 *
 * @module
 */
import type { Keys } from '@vwo-hub/client/protocol'

export interface Introduced {
  readonly file: string
  readonly isNew: boolean
  readonly vwoUrl: string
  readonly webhookUrl: string
  readonly adminUrl: string
  /** Absent for a Redis that is not ours: its URL may hold a password. */
  readonly redisUrl: string | undefined
  readonly keys: Keys
}

export function introduction(introduced: Introduced): string {
  const { file, isNew, vwoUrl, webhookUrl, adminUrl, redisUrl, keys } = introduced
  const redisCli =
    redisUrl === undefined ? 'redis-cli -u "$REDIS_URL"' : `redis-cli -p ${new URL(redisUrl).port}`
  return `
vwo-hub dev: a VWO, a hub, Redis and three app processes on this machine. Ctrl-C ends all of it.

  edit     ${file}${isNew ? ' (a sample, just written)' : ''}; each time it is saved, the apps follow
  VWO      ${vwoUrl} (simulated)
  hub      ${webhookUrl} for webhooks, ${adminUrl} for operators
  Redis    ${redisUrl ?? 'the one of REDIS_URL'}

Look inside:
  ${redisCli} --raw GET '${keys.settings}' | head -c 200
  ${redisCli} HGETALL '${keys.meta}'
  ${redisCli} XREVRANGE '${keys.audit}' + - COUNT 5
  curl -s ${adminUrl}/v1/environments
Make trouble:
  curl -X POST ${vwoUrl}/simulator/faults -d '{"kind":"status","status":500,"times":3}'
  kill -9 one of the processes below

`
}
