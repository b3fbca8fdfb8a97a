import type { Command } from 'commander'
import { actCommand, actExitCodes, type ActOptions, runAct } from './act.ts'
import { seconds } from './seconds.ts'
import type { CommandTools } from './surroundings.ts'

interface Options extends ActOptions {
  readonly timeout: number
}

export function adoptCommand(tools: CommandTools): Command {
  return actCommand('adopt', 'publish the settings of another account or sdkKey under this name')
    .option('--timeout <seconds>', 'how long to wait for a hub', seconds, 10)
    .addHelpText(
      'after',
      `
A hub that is configured with another account or sdkKey than the settings that are published neither fetches nor
publishes. When the change is meant: this lets the next hub that asks VWO publish what it has. Configure all hubs first.
${actExitCodes}

Example:
  $ vwo-hub adopt prod --reason "the environment has a new sdkKey"`,
    )
    .action(async (name: string | undefined, options: Options) => {
      await runAct(tools, name, options, async ({ acts, actor, confirm, terminal, environment: reached }) => {
        const [{ watchRefresh }, { plainText }] = await Promise.all([
          import('../operate/request-refresh.ts'),
          import('../text/plain-text.ts'),
        ])
        const { name: environment } = reached
        const question = `Adopt "${environment}": the apps get what the account and sdkKey have that its hubs are configured with now.`
        if (!(await confirm(question))) return 1
        const watch = await watchRefresh(reached)
        const { ticket } = await acts.adopt(actor)
        const outcome = await watch(ticket, options.timeout * 1000)
        if (options.json === true) terminal.json({ environment, ...outcome })
        else terminal.line(`Adopted. ${plainText(outcome.message)}`)
        return 0
      })
    })
}
