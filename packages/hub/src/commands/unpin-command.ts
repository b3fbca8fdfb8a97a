import type { Command } from 'commander'
import { actExitCodes, askingCommand, type AskingOptions, askVwo, runAct } from './act.ts'
import type { CommandTools } from './surroundings.ts'

export function unpinCommand(tools: CommandTools): Command {
  return askingCommand('unpin', 'end a pin, and publish what VWO has')
    .addHelpText(
      'after',
      `
The pin ends at once; then a hub asks VWO, and it is told what came of that.
${actExitCodes}

Example:
  $ vwo-hub unpin prod --reason "sale is over"`,
    )
    .action(async (name: string | undefined, options: AskingOptions) => {
      await runAct(tools, name, options, async (given) => {
        const { plainText } = await import('../text/plain-text.ts')
        const { acts, actor, confirm, environment } = given
        const { waiting, ...shown } = await acts.pinned()
        const known =
          waiting === undefined ? '' : ` When it was asked last, that was:\n  ${plainText(waiting)}`
        if (!(await confirm(`Unpin "${environment.name}": what VWO has is published.${known}`))) return 1
        return await askVwo(given, options, 'Unpinned', () => acts.unpin({ ...actor, ...shown }))
      })
    })
}
