import { Command } from 'commander'
import { settingsNames } from '../operate/revision-name.ts'
import { environmentArgument, withEnvironment } from './reach.ts'
import type { CommandTools } from './surroundings.ts'

export function typesCommand(tools: CommandTools): Command {
  return new Command('types')
    .description('the keys that apps may ask for, as TypeScript types: a misspelling does not compile')
    .addArgument(environmentArgument())
    .argument('[revision]', settingsNames, 'latest')
    .addHelpText(
      'after',
      `
For createClient<Vwo>() and createFmeClient<Vwo>(). The file changes only where keys do.
Exit codes: 0 written, 1 there is no such revision, 2 it could not be found out.

Examples:
  $ vwo-hub types prod > vwo.d.ts
  $ vwo-hub types prod | diff vwo.d.ts -     in CI: have keys changed at VWO since`,
    )
    .action(async (name: string | undefined, revisionName: string) => {
      await tools.run(() =>
        withEnvironment(tools, name, async (reached) => {
          const [{ judgingOf }, { readRevision }, { HubError }] = await Promise.all([
            import('../operate/judging-of.ts'),
            import('../operate/read-revision.ts'),
            import('../errors.ts'),
          ])
          try {
            const { text } = await readRevision(reached, revisionName)
            const judging = await judgingOf(reached)
            tools.stdout.write(await judging.types({ environment: reached.name, text }))
            return 0
          } catch (error) {
            if (!(error instanceof HubError) || error.code !== 'not-found') throw error
            tools.refuse(error)
            return 1
          }
        }),
      )
    })
}
