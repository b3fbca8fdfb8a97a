import { Command } from 'commander'
import { environmentArgument, withEnvironment } from './with-environment.ts'
import type { CommandTools } from './surroundings.ts'

export function statusCommand(tools: CommandTools): Command {
  return new Command('status')
    .description('what is published, since when, and whether it is being kept current')
    .addArgument(environmentArgument())
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      `
Exit codes: 0 settings are published, 1 none are, 2 it could not be found out.

Example:
  $ vwo-hub status prod`,
    )
    .action(async (name: string | undefined, { json }: { json?: boolean }) => {
      await withEnvironment(tools, name, async (reached) => {
        const [{ openTerminal }, { showStatus }, { inShort, readWhole }] = await Promise.all([
          import('./terminal.ts'),
          import('./show-status.ts'),
          import('../operate/in-short.ts'),
        ])
        const { status, propagation } = await readWhole(reached)
        const terminal = await openTerminal(tools)
        const exitCode = status.current === undefined ? 1 : 0
        if (json === true) terminal.json({ ...status, ...inShort(status, propagation), exitCode })
        else showStatus(terminal, status, propagation)
        return exitCode
      })
    })
}
