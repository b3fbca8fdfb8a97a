/**
 * Everything that the hub is told from outside: read from environment variables, checked together, and told at once
 * where it cannot work. `docs/configuration.md` has every variable.
 *
 * @module
 */
import { readEnvironments } from './environments.ts'
import type { HubConfig } from './hub-config.ts'
import { readListeners } from './listeners.ts'
import { readProxy } from './proxy.ts'
import { readMaxBytes, readPlace, readStrict, readText, type Warnings } from './command-config.ts'
import { integer, logLevels, oneOf } from './values.ts'
import { weaknessesOf } from './weaknesses.ts'
import { openVariables, type Env, type ReadFile } from './variables.ts'

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
    pollIntervalMs: variables.value(
      'HUB_POLL_INTERVAL_MS',
      integer(1000, 86_400_000, 'milliseconds', { orZero: 'polling off' }),
      60_000,
    ),
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
