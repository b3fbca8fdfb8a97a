import { Command } from 'commander'
import { settingsNames } from '../operate/revision-name.ts'
import { environmentArgument, withEnvironment } from './with-environment.ts'
import type { CommandTools } from './surroundings.ts'

export function typesCommand(tools: CommandTools): Command {
  return new Command('types')
    .description('the keys that apps may ask for, as TypeScript types: a misspelling does not compile')
    .addArgument(environmentArgument())
    .argument('[revision]', settingsNames, 'latest')
    .option('--json', 'for programs: in one line, beside the number of the revision')
    .addHelpText(
      'after',
      `
For createClient<Vwo>() and createFmeClient<Vwo>(). The file changes only where keys do.
Exit codes: 0 written, 1 there is no such revision, 2 it could not be found out.

Examples:
  $ vwo-hub types prod > vwo.d.ts
  $ vwo-hub types prod | diff vwo.d.ts -     in CI: have keys changed at VWO since`,
    )
    .action(async (name: string | undefined, revisionName: string, { json }: { json?: boolean }) => {
      await withEnvironment(
        tools,
        name,
        async (reached) => {
          const [{ judgingOf }, { readRevision }, { openTerminal }] = await Promise.all([
            import('../operate/judging-of.ts'),
            import('../operate/read-revision.ts'),
            import('./terminal.ts'),
          ])
          const { name: environment } = reached
          const { revision, text } = await readRevision(reached, revisionName)
          const judging = await judgingOf(reached)
          try {
            const types = await judging.types({ environment, text })
            if (json === true) (await openTerminal(tools)).json({ environment, revision, types })
            else tools.stdout.write(types)
            return 0
          } finally {
            await judging.close()
          }
        },
        ['not-found'],
      )
    })
}
