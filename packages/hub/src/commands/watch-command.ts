import { Command } from 'commander'
import { environmentArgument, withEnvironment } from './with-environment.ts'
import type { CommandTools } from './surroundings.ts'

export function watchCommand(tools: CommandTools): Command {
  return new Command('watch')
    .description('follows an environment: events, where the newest revision has arrived, hubs')
    .addArgument(environmentArgument())
    .option('--json', 'for programs: one line for each thing that changes')
    .addHelpText(
      'after',
      `
On a terminal it is kept up to date in place; elsewhere there is a line for each thing that changes. Ctrl-C ends it.
Exit codes: 0 ended, 2 it could not begin.

Examples:
  $ vwo-hub watch prod
  $ vwo-hub watch prod --json | jq 'select(.type == "audit")'`,
    )
    .action(async (name: string | undefined, { json }: { json?: boolean }) => {
      await withEnvironment(tools, name, async ({ watch }) => {
        const [{ createLines, createJsonLines }, { createScreen }, { openTerminal }] = await Promise.all([
          import('./watch-lines.ts'),
          import('./watch-screen.ts'),
          import('./terminal.ts'),
        ])
        const terminal = await openTerminal(tools)
        const show =
          json === true
            ? createJsonLines(terminal)
            : tools.stdout.isTTY === true
              ? createScreen(tools.stdout, terminal.colors)
              : createLines(terminal)
        for await (const look of watch(endSignal(tools))) show(look)
        return 0
      })
    })
}

/** Ctrl-C, an orchestrator, or a reader that has gone. */
function endSignal({ stdout }: CommandTools): AbortSignal {
  const ending = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => ending.abort())
  stdout.on('error', () => ending.abort())
  return ending.signal
}
