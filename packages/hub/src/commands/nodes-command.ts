import { Command } from 'commander'
import { environmentArgument, withEnvironment } from './with-environment.ts'
import { seconds } from './seconds.ts'
import type { CommandTools } from './surroundings.ts'

interface NodesOptions {
  readonly all?: boolean
  readonly wait?: boolean
  readonly timeout: number
  readonly json?: boolean
}

export function nodesCommand(tools: CommandTools): Command {
  return new Command('nodes')
    .description('whether the newest revision has reached every process, how fast, and which ones it has not')
    .addArgument(environmentArgument())
    .option('--all', 'a table of every node')
    .option('--wait', 'until the newest revision has reached every node')
    .option('--timeout <seconds>', 'how long to wait', seconds, 30)
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      `
A node is a process that uses @vwo-hub/client and has reported within the last 90 seconds. Many nodes spread their
reports after an update over a few seconds: what lags now may only not have said so yet; --wait knows.
Exit codes: 0 every node has the newest revision, 1 not all have it or no node reports, 2 it could not be found out.

Examples:
  $ vwo-hub nodes prod
  $ vwo-hub nodes prod --wait --timeout 60 && echo "it is everywhere"`,
    )
    .action(async (name: string | undefined, options: NodesOptions) => {
      await withEnvironment(tools, name, async ({ read }) => {
        const [{ isEverywhere, waitForNodes }, { openTerminal }, { showNodes }] = await Promise.all([
          import('../operate/wait-for-nodes.ts'),
          import('./terminal.ts'),
          import('./show-nodes.ts'),
        ])
        const propagation = await waitForNodes(read.nodes, options.wait === true ? options.timeout * 1000 : 0)
        const terminal = await openTerminal(tools)
        if (options.json === true) terminal.json(propagation)
        else showNodes(terminal, propagation, { isAll: options.all === true })
        return isEverywhere(propagation) ? 0 : 1
      })
    })
}
