import { Command } from 'commander'
import { environmentNameOf, namesIn, withStore } from './with-environment.ts'
import type { CommandTools } from './surroundings.ts'

export function environmentsCommand(tools: CommandTools): Command {
  return new Command('environments')
    .description('the environments of HUB_CONFIG, and how each of them is')
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      `
Without HUB_CONFIG it is the one of VWO_ENVIRONMENT, else "default".
Exit codes: 0 nothing has to be looked at, 1 something has, 2 it could not be found out.

Example:
  $ vwo-hub environments`,
    )
    .action(async ({ json }: { json?: boolean }) => {
      await tools.run(async () => {
        const names = (await namesIn(tools.env)) ?? [await environmentNameOf(tools.env, undefined)]
        return await withStore(
          tools,
          async () => names[0] ?? '',
          async (store) => {
            const [{ isToLookAt }, { inShort, readWhole }, { openTerminal }] = await Promise.all([
              import('../operate/condition.ts'),
              import('../operate/in-short.ts'),
              import('./terminal.ts'),
            ])
            const all = await Promise.all(
              names.map(async (environment) => {
                const { status, propagation } = await readWhole(store.environment(environment))
                const { current } = status
                const revision = current === undefined ? {} : { revision: current.revision }
                return { environment, ...revision, verdict: inShort(status, propagation).verdict }
              }),
            )
            const terminal = await openTerminal(tools)
            if (json === true) terminal.json({ environments: all })
            else {
              terminal.table(
                ['ENVIRONMENT', 'REVISION', 'VERDICT'],
                all.map(({ environment, revision = '-', verdict }) => [
                  environment,
                  String(revision),
                  verdict.sentence,
                ]),
              )
            }
            return all.some(({ verdict }) => isToLookAt(verdict)) ? 1 : 0
          },
        )
      })
    })
}
