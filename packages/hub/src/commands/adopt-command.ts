import type { Command } from 'commander'
import { actExitCodes, askingCommand, type AskingOptions, askVwo, runAct } from './act.ts'
import type { CommandTools } from './surroundings.ts'

export function adoptCommand(tools: CommandTools): Command {
  return askingCommand('adopt', 'publish the settings of another account or sdkKey under this name')
    .addHelpText(
      'after',
      `
A hub that is configured with another account or sdkKey than the settings that are published neither fetches nor
publishes. When the change is meant: this lets the next hub that asks VWO publish what it has. Configure all hubs first.
${actExitCodes}

Example:
  $ vwo-hub adopt prod --reason "the environment has a new sdkKey"`,
    )
    .action(async (name: string | undefined, options: AskingOptions) => {
      await runAct(tools, name, options, async (given) => {
        const { acts, actor, confirm, environment } = given
        const question = `Adopt "${environment.name}": the apps get what the account and sdkKey have that its hubs are configured with now.`
        if (!(await confirm(question))) return 1
        return await askVwo(given, options, 'Adopted', () => acts.adopt(actor))
      })
    })
}
