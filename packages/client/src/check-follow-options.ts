import { ENVIRONMENT_NAME, isEnvironmentName } from '@vwo-hub/protocol'
import { faultsOfRedis } from './connection/connection.ts'
import type { FollowOptions } from './options.ts'
import { isNodeName, NODE_NAME } from './report/node.ts'

/** How often the revision is read, and after how long without an answer it is stale, in milliseconds, with their defaults. */
export function timesOf({
  checkIntervalMs = 2000,
  staleAfterMs = Math.max(30_000, 2 * checkIntervalMs),
}: Pick<FollowOptions, 'checkIntervalMs' | 'staleAfterMs'>): {
  readonly checkIntervalMs: number
  readonly staleAfterMs: number
} {
  return { checkIntervalMs, staleAfterMs }
}

/** Eleven days; beyond 24 of them timers fire at once. */
const LONGEST_MS = 1_000_000_000

/** The names of the options that each client knows, whatever its product. */
export const followOptions: Record<keyof FollowOptions, true> = {
  environment: true,
  redis: true,
  prefix: true,
  cacheFile: true,
  initialSettings: true,
  hub: true,
  checkIntervalMs: true,
  staleAfterMs: true,
  report: true,
  node: true,
  log: true,
}

export function faultsOfFollowing(options: FollowOptions): string[] {
  return [
    ...faultsOfNames(options),
    ...faultsOfTimes(options),
    ...faultsOfHub(options),
    ...faultsOfLog(options),
    ...faultsOfTransport(options),
  ]
}

function faultsOfNames({ environment, node }: FollowOptions): string[] {
  const complaint = (name: string, expected: string, got: unknown): string =>
    `${name}: expected ${expected}, got ${JSON.stringify(got)}.`
  return [
    ...(isEnvironmentName(environment) ? [] : [complaint('environment', ENVIRONMENT_NAME, environment)]),
    ...(node === undefined || isNodeName(node) ? [] : [complaint('node', NODE_NAME, node)]),
  ]
}

function faultsOfTimes(options: FollowOptions): string[] {
  const { checkIntervalMs, staleAfterMs } = timesOf(options)
  const given = { checkIntervalMs, ...(options.staleAfterMs !== undefined && { staleAfterMs }) }
  const faults = Object.entries(given).flatMap(([name, value]: [string, unknown]) =>
    typeof value === 'number' && value >= 10 && value <= LONGEST_MS
      ? []
      : [
          `${name}: expected a number of milliseconds from 10 to ${LONGEST_MS}, got ${typeof value === 'string' ? JSON.stringify(value) : String(value)}.`,
        ],
  )
  if (faults.length > 0 || staleAfterMs >= 2 * checkIntervalMs) return faults
  return [
    `staleAfterMs: expected at least twice checkIntervalMs (${checkIntervalMs}), or settings that Redis confirms would be stale in between, got ${staleAfterMs}.`,
  ]
}

function faultsOfLog({ log }: FollowOptions): string[] {
  return log === undefined || typeof log?.warn === 'function'
    ? []
    : ['log: expected an object with a function warn(fields, message), such as console or a logger of pino.']
}

/** A variable that is not set is no wish to do without Redis. */
function faultsOfTransport({ report, hub, ...rest }: FollowOptions): string[] {
  if ('redis' in rest) return faultsOfRedis(rest.redis)
  if (hub === undefined) return ['redis: expected it, or hub for an app without Redis, got neither.']
  return report === true ? ['report: expected redis with it: a hub takes no reports of apps.'] : []
}

function faultsOfHub({ hub }: FollowOptions): string[] {
  if (hub === undefined) return []
  const url = URL.canParse(hub?.url) ? new URL(hub.url) : undefined
  const isRight =
    url !== undefined && ['http:', 'https:'].includes(url.protocol) && url.username + url.password === ''
  return isRight
    ? []
    : ['hub.url: expected a URL such as http://hub.internal:8081, without user and password.']
}
