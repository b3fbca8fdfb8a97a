/**
 * What `vwo-hub dev` says first: where everything is, and what to try.
 *
 * @module
 */
import type { Environment } from '../environment/environment.ts'

export interface Introduced {
  readonly file: string
  readonly isNew: boolean
  readonly vwoUrl: string
  readonly webhookUrl: string
  readonly adminUrl: string
  /** Absent for a Redis that is not ours: its URL may hold a password. */
  readonly redisUrl: string | undefined
  readonly keys: Environment['keyNames']
  readonly prefix: string
}

export function introduction(introduced: Introduced): string {
  const { file, isNew, vwoUrl, webhookUrl, adminUrl, redisUrl, keys } = introduced
  const redisCli =
    redisUrl === undefined ? 'redis-cli -u "$REDIS_URL"' : `redis-cli -p ${new URL(redisUrl).port}`
  return `
vwo-hub dev: a VWO, a hub, Redis and three app processes on this machine.
Ctrl-C ends all of it.

  edit     ${file}${isNew ? ' (a sample, just written)' : ''}; each time it is saved, the apps follow
  VWO      ${vwoUrl} (simulated)
  hub      ${adminUrl} is the dashboard,
           ${webhookUrl} for webhooks
  Redis    ${redisUrl ?? 'the one of REDIS_URL'}

Look inside:
  ${redisCli} --raw GET '${keys.settings}' | head -c 200
  ${redisCli} HGETALL '${keys.meta}'
  ${redisCli} XREVRANGE '${keys.audit}' + - COUNT 5
  curl -s ${adminUrl}/v1/environments
Operate, in another terminal (in a clone of vwo-hub: "npm start -- status"):
  ${operatorSettings(introduced)}
  vwo-hub status; vwo-hub nodes; vwo-hub watch; vwo-hub rollback; vwo-hub unpin
Make trouble:
  curl -X POST ${vwoUrl}/simulator/faults \\
    -d '{"kind":"status","status":500,"times":3}'
  kill -9 one of the processes below

`
}

/** What commands need to find this one, as a line for a shell. */
function operatorSettings({ redisUrl, prefix }: Introduced): string {
  const needed = [
    ...(redisUrl === undefined ? [] : [`REDIS_URL=${redisUrl}`]),
    ...(prefix === 'vwo' ? [] : [`HUB_PREFIX=${prefix}`]),
  ]
  return needed.length === 0 ? '(with REDIS_URL as it is here)' : `export ${needed.join(' ')}`
}
