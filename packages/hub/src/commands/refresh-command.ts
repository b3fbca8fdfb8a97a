import { Command } from 'commander'
import { environmentArgument, namesIn, withEnvironment } from './with-environment.ts'
import { seconds } from './seconds.ts'
import type { CommandTools } from './surroundings.ts'

export function refreshCommand(tools: CommandTools): Command {
  return new Command('refresh')
    .description('asks VWO now, and tells what came of it')
    .addArgument(environmentArgument())
    .option('--timeout <seconds>', 'how long to wait for a hub', seconds, 10)
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      `
The request is kept in Redis: a hub that comes later still does it.
Exit codes: 0 VWO was asked and answered, 1 not yet or refused, 2 the request could not be recorded.

Example:
  $ vwo-hub refresh prod --timeout 30`,
    )
    .action(async (name: string | undefined, { timeout, json }: { timeout: number; json?: boolean }) => {
      await withEnvironment(tools, name, async (reached) => {
        const [{ requestRefresh }, { openTerminal }] = await Promise.all([
          import('../operate/request-refresh.ts'),
          import('./terminal.ts'),
        ])
        const { current, hubs, refresh } = await reached.read.status()
        const isKnown = current !== undefined || hubs.length > 0 || refresh.requested > 0
        if (!isKnown && (await namesIn(tools.env)) === undefined) {
          const [{ HubError }, { isItsName }] = await Promise.all([
            import('../errors.ts'),
            import('../operate/revision-name.ts'),
          ])
          const why = `Nothing is known of an environment "${reached.name}": no hub has ever worked on it. ${isItsName}`
          throw new HubError('not-found', `${why} Nothing was asked for.`)
        }
        const { outcome, ...result } = await requestRefresh(reached, timeout * 1000)
        const terminal = await openTerminal(tools)
        if (json === true) terminal.json({ environment: reached.name, outcome, ...result })
        else terminal.line(result.message)
        return outcome === 'published' || outcome === 'unchanged' ? 0 : 1
      })
    })
}
