/**
 * Everything that the hub is told from outside: read from environment variables, checked together, and told at once
 * where it cannot work. `docs/configuration.md` has every variable.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { readEnvironments } from './environments.ts'
import type { HubConfig } from './hub-config.ts'
import { readListeners } from './listeners.ts'
import { readProxy } from './proxy.ts'
import { readRedis } from './redis-config.ts'
import { integer, logLevels, oneOf, prefix } from './values.ts'
import { weaknessesOf } from './weaknesses.ts'
import { openVariables, type Env, type ReadFile, type Variables } from './variables.ts'

/** What could not be meant, but does not keep the hub from starting; one sentence each. */
export interface Warnings {
  readonly warnings: readonly string[]
}

const readText: ReadFile = (path) => readFileSync(path, 'utf8')

/**
 * Reads the configuration of a hub.
 *
 * @param env - The environment variables. An empty one counts as unset.
 * @param readFile - Reads a file named by `…_FILE` or `HUB_CONFIG`, UTF-8. Default: from disk.
 * @throws {@link HubError} `config-invalid` with every fault, one a line. Values of secrets are not in it.
 */
export function readConfig(
  env: Env,
  readFile: ReadFile = readText,
): HubConfig & Required<Pick<HubConfig, 'drainMs'>> & Warnings {
  const variables = openVariables(env, readFile)
  const proxy = readProxy(variables)
  const config = {
    environments: readEnvironments(variables),
    ...readPlace(variables),
    ...readListeners(variables),
    pollIntervalMs: readPollInterval(variables),
    fetchTimeoutMs: variables.value('HUB_FETCH_TIMEOUT_MS', integer(100, 60_000, 'milliseconds'), 10_000),
    maxSettingsBytes: readMaxBytes(variables),
    isStrict: readStrict(variables),
    logLevel: variables.value('HUB_LOG_LEVEL', oneOf(logLevels), 'info'),
    ...(proxy && { proxy }),
  }
  variables.warnOfUnknown(['HUB_', 'REDIS_', 'VWO_'])
  for (const weakness of config.environments.flatMap(weaknessesOf)) variables.warn(weakness)
  return { ...config, warnings: variables.close() }
}

/**
 * Reads where Redis is, for what works through Redis alone and knows no account.
 *
 * @throws {@link HubError} `config-invalid`
 */
export function readRedisConfig(
  env: Env,
  readFile: ReadFile = readText,
): Pick<HubConfig, 'redis' | 'prefix'> & Warnings {
  const variables = openVariables(env, readFile)
  const place = readPlace(variables)
  variables.warnOfUnknown(['REDIS_'])
  return { ...place, warnings: variables.close() }
}

/**
 * Reads how settings-files are judged, alone.
 *
 * @throws {@link HubError} `config-invalid`
 */
export function readJudgingLimits(env: Env): { readonly maxBytes: number; readonly isStrict: boolean } {
  const variables = openVariables(env, readText)
  const limits = { maxBytes: readMaxBytes(variables), isStrict: readStrict(variables) }
  variables.close()
  return limits
}

/** Every secret of a configuration, for redaction. */
export function secretsOf(
  config: Pick<HubConfig, 'environments' | 'redis' | 'adminToken' | 'proxy'>,
): string[] {
  const { environments, redis, adminToken, proxy } = config
  const ofRedis =
    redis.kind === 'standalone'
      ? passwordsOf(redis.url)
      : [redis.password, redis.kind === 'sentinel' ? redis.sentinelPassword : undefined]
  const all = [
    ...environments.flatMap(({ sdkKey, webhookSecrets }) => [sdkKey, ...webhookSecrets]),
    ...ofRedis,
    ...[proxy?.https, proxy?.http].flatMap((url) => (url === undefined ? [] : passwordsOf(url))),
    adminToken,
  ]
  return all.filter((secret) => secret !== undefined).filter((secret) => secret !== '')
}

/** As it is in the URL, and as it is sent. */
function passwordsOf(url: string): string[] {
  const { password } = new URL(url)
  return [password, decodeURIComponent(password)]
}

function readPlace(variables: Variables): Pick<HubConfig, 'redis' | 'prefix'> {
  return { redis: readRedis(variables), prefix: variables.value('HUB_PREFIX', prefix, 'vwo') }
}

function readMaxBytes(variables: Variables): number {
  return variables.value('HUB_MAX_SETTINGS_BYTES', integer(1024, 64 * 1024 * 1024, 'bytes'), 16 * 1024 * 1024)
}

function readStrict(variables: Variables): boolean {
  return variables.value('HUB_STRICT', oneOf(['on', 'off']), 'off') === 'on'
}

function readPollInterval(variables: Variables): number {
  const day = 24 * 60 * 60 * 1000
  return variables.value(
    'HUB_POLL_INTERVAL_MS',
    integer(1000, day, 'milliseconds', { orZero: 'polling off' }),
    60_000,
  )
}
