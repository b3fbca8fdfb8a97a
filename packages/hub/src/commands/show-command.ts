import { Command } from 'commander'
import { settingsNames } from '../operate/revision-name.ts'
import { environmentArgument, withEnvironment } from './with-environment.ts'
import type { CommandTools } from './surroundings.ts'

interface Options {
  readonly pretty?: boolean
  readonly json?: boolean
}

export function showCommand(tools: CommandTools): Command {
  return new Command('show')
    .description('a settings-file as it was published')
    .addArgument(environmentArgument())
    .argument('[revision]', settingsNames, 'latest')
    .option('--pretty', 'indented; else exactly the bytes that were published')
    .option('--json', 'for programs: in one line, beside the number of the revision')
    .addHelpText(
      'after',
      `
A time means the revision that was live then, "14:05" the last time that a clock here showed it.
Exit codes: 0 shown, 1 there is no such revision, 2 it could not be found out.

Examples:
  $ vwo-hub show prod | sha256sum
  $ vwo-hub show prod 14:05 --pretty | less
  $ vwo-hub show prod previous > settings.json`,
    )
    .action(async (name: string | undefined, revisionName: string, { pretty, json }: Options) => {
      await withEnvironment(
        tools,
        name,
        async (reached) => {
          const [{ readRevision }, { escapeUnprintable }, { openTerminal }] = await Promise.all([
            import('../operate/read-revision.ts'),
            import('../text/escape-unprintable.ts'),
            import('./terminal.ts'),
          ])
          const { revision, text: sent } = await readRevision(reached, revisionName)
          const text = String(sent)
          if (json === true) {
            const terminal = await openTerminal(tools)
            terminal.json({ environment: reached.name, revision, settings: JSON.parse(text) as unknown })
            return 0
          }
          const { stdout } = tools
          const shown = pretty === true ? JSON.stringify(JSON.parse(text), null, 2) : text
          stdout.write(
            stdout.isTTY === true ? `${escapeUnprintable(shown)}\n` : `${shown}${pretty ? '\n' : ''}`,
          )
          return 0
        },
        ['not-found'],
      )
    })
}
