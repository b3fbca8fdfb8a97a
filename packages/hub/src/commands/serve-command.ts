import { Command } from 'commander'
import type { readConfig } from '../config/config.ts'
import type { Env } from '../config/variables.ts'
import type { Judgings } from '../product/products.ts'
import type { CommandTools, ExitCode } from './surroundings.ts'

/** How long a hub may take to finish what it has accepted, in milliseconds. Orchestrators kill after 10 s or later. */
const closeTimeoutMs = 10_000

export function serveCommand(tools: CommandTools): Command {
  return new Command('serve')
    .description('run a hub (default)')
    .addHelpText(
      'after',
      `
Configured by environment variables, or for many environments by the file that HUB_CONFIG names.
SIGTERM and SIGINT finish what was accepted, within ${closeTimeoutMs / 1000} s; a second one ends it at once. After SIGTERM
/readyz says 503 and webhooks are still taken for HUB_DRAIN_MS before that.
Secrets in files are read again when the files change, and on SIGHUP.

Example:
  $ REDIS_URL=redis://127.0.0.1:6379 VWO_ACCOUNT_ID=123456 VWO_SDK_KEY_FILE=/run/secrets/sdk-key \\
    VWO_WEBHOOK_SECRETS_FILE=/run/secrets/webhook vwo-hub serve`,
    )
    .action(async () => {
      await tools.run(() => serve(tools))
    })
}

async function serve({ env }: CommandTools): Promise<ExitCode> {
  const { readConfig } = await import('../config/config.ts')
  // Nothing is started before it is known that it can work.
  const config = readConfig(env)
  const { openJudgings, productOf } = await import('../product/products.ts')
  const judgings = openJudgings(config)
  try {
    // Its thread loads the SDK beside everything that is loaded meanwhile: the first settings need both.
    for (const { product } of config.environments) judgings.of(productOf(product)).start()
    return await serveWith({ env, config, judgings })
  } catch (error) {
    // By its thread the process would live on, without listeners.
    await judgings.close()
    throw error
  }
}

interface Prepared {
  readonly env: Env
  readonly config: ReturnType<typeof readConfig>
  readonly judgings: Judgings
}

async function serveWith({ env, config, judgings }: Prepared): Promise<ExitCode> {
  const [{ secretsOf }, { createLog }, { createHub }, { watchSecrets }, { default: closeWithGrace }] =
    await Promise.all([
      import('../config/config.ts'),
      import('../log/log.ts'),
      import('../hub.ts'),
      import('../config/secret-watch.ts'),
      import('close-with-grace'),
    ])
  let secrets = secretsOf(config)
  const log = createLog({ level: config.logLevel, secrets: () => secrets })
  for (const warning of config.warnings) log.warn(warning)
  const hub = createHub(config, { log, judgings, onRedisAway: () => void secretWatch.look() })
  const secretWatch = watchSecrets({
    env,
    onChange(next) {
      // What was secret before stays out of the log, too.
      secrets = [...new Set([...secrets, ...secretsOf(next)])]
      hub.takeSecrets(next)
      log.info('secrets read again')
    },
    onFault: (fault) => log.error({ reason: fault.message }, 'secrets not read again; the ones before stay'),
  })
  // Of a terminal that closes the hub is to end.
  const isService = !process.stdout.isTTY
  if (isService) process.on('SIGHUP', secretWatch.readAgain)
  const grace = closeWithGrace(
    {
      delay: config.drainMs + closeTimeoutMs,
      logger: false,
      skip: isService ? ['SIGHUP'] : [],
      onSecondSignal: (signal) => log.warn({ signal }, 'second signal: ends at once'),
      onTimeout: () =>
        log.error({ timeoutMs: config.drainMs + closeTimeoutMs }, 'not closed in time: ends now'),
    },
    async ({ err, signal }) => {
      if (err !== undefined)
        log.fatal({ err }, 'a fault that nothing was prepared for: the hub closes and ends')
      else log.info({ signal }, 'asked to close')
      secretWatch.close()
      // A person who ends it with the keyboard waits for nobody.
      await hub.close({ drainMs: signal === 'SIGTERM' ? config.drainMs : 0 })
    },
  )
  try {
    const urls = await hub.start()
    log.info({ ...urls, environments: config.environments.map(({ name }) => name) }, 'listening')
    // From here on the process lives by its listeners, and ends by a signal.
    return 0
  } catch (error) {
    grace.uninstall()
    secretWatch.close()
    await hub.close()
    throw error
  }
}
