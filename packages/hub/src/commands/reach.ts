import { Argument } from 'commander'
import type { Environment } from '../environment/environment.ts'
import type { ExitCode, Surroundings } from './surroundings.ts'

/** The argument of every command about an environment. */
export function environmentArgument(): Argument {
  return new Argument('[environment]', 'name of the environment; else VWO_ENVIRONMENT, else "default"')
}

/**
 * The environment that a command is about.
 *
 * @throws {@link HubError} `config-invalid` for what cannot be the name of one.
 */
export async function environmentNameOf(env: Surroundings['env'], name: string | undefined): Promise<string> {
  const [{ ENVIRONMENT_NAME, isEnvironmentName }, { HubError }, { isPerhapsRevision }] = await Promise.all([
    import('@vwo-hub/protocol'),
    import('../errors.ts'),
    import('../operate/revision-name.ts'),
  ])
  const environment = name ?? (env['VWO_ENVIRONMENT'] || 'default')
  if (isEnvironmentName(environment)) return environment
  throw new HubError(
    'config-invalid',
    `Environment ${JSON.stringify(environment)}: expected ${ENVIRONMENT_NAME}.${isPerhapsRevision(environment)}`,
  )
}

/**
 * Connects to the Redis that the environment variables name, works, and disconnects. Nothing else of the
 * configuration is needed: an operator's machine knows no sdkKey.
 *
 * @throws {@link HubError} `config-invalid`, or `redis-unreachable` with the reason.
 */
export async function withEnvironment(
  { env, stderr }: Surroundings,
  name: string | undefined,
  work: (environment: Environment) => Promise<ExitCode>,
): Promise<ExitCode> {
  const [{ readRedisConfig }, { openStore }, { HubError }, { isOfRedis, reasonOf }, { noWritesInWords }] =
    await Promise.all([
      import('../config/command-config.ts'),
      import('../environment/store.ts'),
      import('../errors.ts'),
      import('../environment/answers.ts'),
      import('../operate/no-writes.ts'),
    ])
  const config = readRedisConfig(env)
  for (const warning of config.warnings) stderr.write(`${warning}\n`)
  const environment = await environmentNameOf(env, name)

  let reason: string | undefined
  const onAway = (why: string): void => {
    reason ??= why // Those that come after it are what came of it.
  }
  const { prefix } = config
  const store = openStore(config.redis, { name: 'vwo-hub:command', prefix, onAway })
  const { place } = store
  try {
    await store.connect()
    return await work(store.environment(environment))
  } catch (error) {
    if (!(error instanceof Error) || error instanceof HubError) throw error
    const unwritable = ({ text, remedy }: { readonly text: string; readonly remedy: string }) =>
      new HubError('redis-unreachable', `${place}: ${text}. What to do: ${remedy}.`, { cause: error })
    if (error.name === 'ReplyError') {
      const meaning = noWritesInWords(reasonOf(error))
      if (meaning !== undefined) throw unwritable(meaning)
      throw new HubError(
        'redis-unreachable',
        `Redis at ${place} refuses: ${reasonOf(error)}. What is needed, and what is missing: vwo-hub doctor ${environment}`,
        { cause: error },
      )
    }
    if (reason === undefined && store.isReady() && !isOfRedis(error)) throw error
    const meaning = noWritesInWords(reason ?? '')
    if (meaning !== undefined) throw unwritable(meaning)
    throw new HubError(
      'redis-unreachable',
      `Cannot reach Redis at ${place}: ${reason ?? reasonOf(error)}. ` +
        'Check that it runs and that REDIS_URL (or REDIS_SENTINELS, REDIS_CLUSTER_NODES) is right.',
      { cause: error },
    )
  } finally {
    store.close()
  }
}
