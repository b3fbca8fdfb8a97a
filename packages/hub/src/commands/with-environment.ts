import { Argument } from 'commander'
import type { Environment } from '../environment/environment.ts'
import type { Store } from '../environment/store.ts'
import type { HubErrorCode } from '../errors.ts'
import type { CommandTools, ExitCode, Surroundings } from './surroundings.ts'

/** The argument of every command about an environment. */
export function environmentArgument(): Argument {
  const otherwise = 'else VWO_ENVIRONMENT, else the only one of HUB_CONFIG, else "default"'
  return new Argument('[environment]', `name of the environment; ${otherwise}`)
}

/**
 * The environment that a command is about.
 *
 * @throws {@link HubError} `config-invalid` for what cannot be the name of one; `not-found` for one that is not in the file of
 *   `HUB_CONFIG`.
 */
export async function environmentNameOf(env: Surroundings['env'], name: string | undefined): Promise<string> {
  const [{ ENVIRONMENT_NAME, isEnvironmentName, nearestOf }, { HubError }, { isPerhapsRevision }] =
    await Promise.all([
      import('@vwo-hub/protocol'),
      import('../errors.ts'),
      import('../operate/revision-name.ts'),
    ])
  const known = await namesIn(env)
  const asked = name ?? (env['VWO_ENVIRONMENT'] || undefined)
  const environment = asked ?? (known?.length === 1 ? known[0] : undefined) ?? 'default'
  if (!isEnvironmentName(environment)) {
    throw new HubError(
      'config-invalid',
      `Environment ${JSON.stringify(environment)}: expected ${ENVIRONMENT_NAME}.${isPerhapsRevision(environment)}`,
    )
  }
  if (known === undefined || known.includes(environment)) return environment
  const nearest = nearestOf(environment, known)
  const hint = nearest === undefined ? isPerhapsRevision(environment) : ` Did you mean "${nearest}"?`
  const what =
    asked === undefined ? 'Expected the name of an environment' : `There is no environment "${environment}"`
  throw new HubError('not-found', `${what}: HUB_CONFIG has ${known.join(', ')}.${hint}`)
}

/** Those of `HUB_CONFIG`; undefined without it. */
export async function namesIn(env: Surroundings['env']): Promise<string[] | undefined> {
  if ((env['HUB_CONFIG'] ?? '').trim() === '') return undefined
  const { readEnvironmentNames } = await import('../config/command-config.ts')
  return readEnvironmentNames(env)
}

/**
 * Runs a command: connects to the Redis that the environment variables name, works, and disconnects. Nothing else of the
 * configuration is needed: an operator's machine knows no sdkKey.
 *
 * @param answers - Errors of the work that are an answer, and no fault.
 * @throws {@link HubError} `config-invalid`, or `redis-unreachable` with the reason.
 */
export async function withEnvironment(
  tools: CommandTools,
  name: string | undefined,
  work: (environment: Environment) => Promise<ExitCode>,
  answers: readonly HubErrorCode[] = [],
): Promise<void> {
  // What is wrong with where Redis is, is said first.
  const about = (): Promise<string> => environmentNameOf(tools.env, name)
  const answered = async (environment: Environment): Promise<ExitCode> => {
    try {
      return await work(environment)
    } catch (error) {
      const { HubError } = await import('../errors.ts')
      if (!(error instanceof HubError) || !answers.includes(error.code)) throw error
      tools.refuse(error)
      return 1
    }
  }
  await tools.run(() => withStore(tools, about, (store, found) => answered(store.environment(found))))
}

/** The same for work with several environments. @param about - Named in messages. */
export async function withStore(
  { env, stderr }: Surroundings,
  about: () => Promise<string>,
  work: (store: Store, environment: string) => Promise<ExitCode>,
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
  const environment = await about()

  let reason: string | undefined
  const onAway = (why: string): void => {
    reason ??= why // Those that come after it are what came of it.
  }
  const { prefix } = config
  const store = openStore(config.redis, { name: 'vwo-hub:command', prefix, onAway })
  const { place } = store
  try {
    await store.connect()
    return await work(store, environment)
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
