import { Command } from 'commander'
import { revisionNames } from '../revision-name.ts'
import { environmentArgument, withEnvironment } from './connection.ts'
import type { CommandTools } from './surroundings.ts'

export function diffCommand(tools: CommandTools): Command {
  return new Command('diff')
    .description('what one revision changed against another, in words')
    .addArgument(environmentArgument())
    .argument('[from]', revisionNames, 'previous')
    .argument('[to]', 'the same', 'latest')
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      `
Exit codes: 0 they are the same, 1 they differ, 2 it could not be found out.

Examples:
  $ vwo-hub diff prod                    what the last publication changed
  $ vwo-hub diff prod 14:05              everything since then
  $ vwo-hub diff prod ~3 previous --json`,
    )
    .action(async (name: string | undefined, from: string, to: string, { json }: { json?: boolean }) => {
      await tools.run(() =>
        withEnvironment(tools, name, async ({ redis, environment, prefix }) => {
          const [{ diffOf, readPair }, { openTerminal }, { showDiff }] = await Promise.all([
            import('../diff.ts'),
            import('./terminal.ts'),
            import('./show-diff.ts'),
          ])
          const diff = diffOf(environment, await readPair(redis, environment, prefix, { from, to }))
          const terminal = await openTerminal(tools)
          if (json === true) terminal.json(diff)
          else showDiff(terminal, diff)
          return diff.isSame ? 0 : 1
        }),
      )
    })
}
