import { Command } from 'commander'
import { isItsName } from '../operate/revision-name.ts'
import { environmentArgument, withEnvironment } from './with-environment.ts'
import type { CommandTools } from './surroundings.ts'

const LIST_LOST =
  'Redis has lost the list of revisions: what was published before cannot be told, or gone back to. It begins anew with the next one.'

export function historyCommand(tools: CommandTools): Command {
  return new Command('history')
    .description('the kept revisions and what each of them changed')
    .addArgument(environmentArgument())
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      `
The current revision is marked with *. Times are local; --json has them in UTC.
Exit codes: 0 there are revisions, 1 there are none, 2 it could not be found out.

Example:
  $ vwo-hub history prod`,
    )
    .action(async (name: string | undefined, { json }: { json?: boolean }) => {
      await withEnvironment(tools, name, async ({ name: environment, read }) => {
        const [{ openTerminal }, { localTime, size }, { plainText }, { unitOf }] = await Promise.all([
          import('./terminal.ts'),
          import('../text/wording.ts'),
          import('../text/plain-text.ts'),
          import('../product/public-names.ts'),
        ])
        const revisions = await read.history()
        const terminal = await openTerminal(tools)
        if (json === true) {
          terminal.json({ environment, revisions })
        } else if (revisions.length === 0) {
          terminal.line(`Nothing has been published for "${environment}" yet. ${isItsName}`)
        } else {
          const units = `${unitOf(revisions[0]?.product ?? '')}s`.toUpperCase()
          terminal.table(
            ['REVISION', 'PUBLISHED', 'BY', 'SIZE', units, 'CHANGE'],
            revisions.map(
              ({ revision, isCurrent, publishedAt, trigger, bytes, campaigns, summary, as, reason }) => [
                `${revision}${isCurrent ? ' *' : ''}`,
                localTime(publishedAt),
                terminal.cut(as ?? trigger ?? '-', 30),
                size(bytes),
                campaigns === undefined ? '-' : String(campaigns),
                plainText([summary ?? '-', reason && `(${reason})`].filter(Boolean).join(' ')),
              ],
            ),
          )
          if (!revisions.every(({ isListed }) => isListed)) terminal.line(terminal.colors.yellow(LIST_LOST))
        }
        return revisions.length === 0 ? 1 : 0
      })
    })
}
