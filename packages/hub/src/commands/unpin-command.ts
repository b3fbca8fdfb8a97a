import type { Command } from 'commander'
import { actCommand, actExitCodes, type ActOptions, runAct } from './act.ts'
import { seconds } from './seconds.ts'
import type { CommandTools } from './surroundings.ts'

interface Options extends ActOptions {
  readonly timeout: number
}

export function unpinCommand(tools: CommandTools): Command {
  return actCommand('unpin', 'end a pin, and publish what VWO has')
    .option('--timeout <seconds>', 'how long to wait for a hub', seconds, 10)
    .addHelpText(
      'after',
      `
The pin ends at once; then a hub asks VWO, and it is told what came of that.
${actExitCodes}

Example:
  $ vwo-hub unpin prod --reason "sale is over"`,
    )
    .action(async (name: string | undefined, options: Options) => {
      await runAct(tools, name, options, async ({ acts, actor, confirm, terminal, environment: reached }) => {
        const [{ watchRefresh }, { plainText }] = await Promise.all([
          import('../operate/request-refresh.ts'),
          import('../text/plain-text.ts'),
        ])
        const { name: environment } = reached
        const { waiting } = await acts.pinned()
        const known =
          waiting === undefined ? '' : ` When it was asked last, that was:\n  ${plainText(waiting)}`
        if (!(await confirm(`Unpin "${environment}": what VWO has is published.${known}`))) return 1
        const watch = await watchRefresh(reached)
        const { ticket, pinnedUntil } = await acts.unpin(actor)
        const outcome = await watch(ticket, options.timeout * 1000)
        if (options.json === true) terminal.json({ environment, pinnedUntil, ...outcome })
        else terminal.line(`Unpinned. ${plainText(outcome.message)}`)
        return 0
      })
    })
}
