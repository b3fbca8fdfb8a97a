import type { ProductName } from '@vwo-hub/protocol'
import { Command, InvalidArgumentError, Option } from 'commander'
import { HubError } from '../errors.ts'
import type { CommandTools } from './surroundings.ts'

interface Options {
  readonly product: ProductName
  readonly port?: number
  readonly adminPort?: number
  readonly serveBroken?: boolean
}

export function devCommand(tools: CommandTools): Command {
  return new Command('dev')
    .description(
      'everything on this machine: a VWO that serves a file, Redis, a hub, and three app processes',
    )
    .argument(
      '[file]',
      'settings-file to serve and to watch; a sample is written where there is none',
      'vwo-settings.json',
    )
    .option('--port <port>', 'for webhooks (default: 8080, or another one where that is taken)', port)
    .option(
      '--admin-port <port>',
      'for the dashboard and the admin API (default: 8081, or another one where that is taken)',
      port,
    )
    .addOption(
      new Option('--product <name>', 'whose settings-file it is')
        .choices(['fullstack', 'fme'])
        .default('fullstack'),
    )
    .option('--serve-broken', 'serve the file even while it is not JSON')
    .addHelpText(
      'after',
      `
REDIS_URL names a Redis that runs, with HUB_PREFIX for its keys; else one is started, and ends with this. HUB_PORT and
HUB_ADMIN_PORT are the ports where the options name none.

Example:
  $ vwo-hub dev my-settings.json    then edit the file, and watch three processes decide differently`,
    )
    .action(async (file: string, { product, serveBroken, ...ports }: Options) => {
      await tools.run(async () => {
        const publicPort = ports.port ?? portFrom(tools.env, 'HUB_PORT')
        const adminPort = ports.adminPort ?? portFrom(tools.env, 'HUB_ADMIN_PORT')
        const { runDev } = await import('../dev/dev.ts')
        const redisUrl = tools.env['REDIS_URL']
        const prefix = tools.env['HUB_PREFIX']
        await runDev({
          file,
          product,
          output: tools.stdout,
          ...(publicPort !== undefined && { port: publicPort }),
          ...(adminPort !== undefined && { adminPort }),
          ...(serveBroken !== undefined && { serveBroken }),
          ...(redisUrl && { redisUrl }),
          ...(prefix && { prefix }),
        })
        return 0
      })
    })
}

function port(text: string): number {
  const value = portOf(text)
  if (value !== undefined) return value
  throw new InvalidArgumentError(`expected ${aPort}.`)
}

function portFrom(env: CommandTools['env'], name: string): number | undefined {
  const text = env[name]
  if (!text) return undefined
  const value = portOf(text)
  if (value !== undefined) return value
  throw new HubError('config-invalid', `${name}: expected ${aPort}, got ${JSON.stringify(text)}.`)
}

const aPort = 'a port, from 0 to 65535'

function portOf(text: string): number | undefined {
  const value = Number(text)
  return /^\d+$/.test(text) && value <= 65_535 ? value : undefined
}
