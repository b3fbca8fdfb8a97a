import { type Command, Option } from 'commander'
import { actCommand, actExitCodes, type ActOptions, runAct } from './act.ts'
import { durations, pinDuration } from './duration.ts'
import type { CommandTools } from './surroundings.ts'

interface Options extends ActOptions {
  /** In milliseconds. */
  readonly for: number
}

export function pinCommand(tools: CommandTools): Command {
  return actCommand('pin', 'keep what is published for a while, whatever VWO sends')
    .addOption(new Option('--for <duration>', durations).argParser(pinDuration).makeOptionMandatory())
    .addHelpText(
      'after',
      `
What VWO sends meanwhile is fetched, checked and recorded, not published. The pin ends by itself, and then the newest
is published at once. Pinning again sets another end.
${actExitCodes}

Example:
  $ vwo-hub pin prod --for 2h --reason "sale until 16:00"`,
    )
    .action(async (name: string | undefined, options: Options) => {
      await runAct(
        tools,
        name,
        options,
        async ({ acts, actor, confirm, terminal, environment: { name: environment } }) => {
          const { duration, pinned } = await import('../text/wording.ts')
          const forMs = options.for
          const { revision } = await acts.live()
          const isGo = await confirm(
            `Pin revision ${revision} of "${environment}" for ${duration(forMs / 1000)}: what VWO sends is checked and recorded, not published.`,
          )
          if (!isGo) return 1
          const { pinnedUntil } = await acts.pin({ ...actor, forMs, revision })
          if (options.json === true) terminal.json({ environment, pinnedUntil })
          else {
            terminal.line(terminal.colors.yellow(pinned(pinnedUntil, environment)))
          }
          return 0
        },
      )
    })
}
