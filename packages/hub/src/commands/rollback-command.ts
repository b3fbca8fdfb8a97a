import { Argument, type Command, Option } from 'commander'
import { DEFAULT_PIN_MS } from '../operate/pin-limits.ts'
import { revisionNames } from '../operate/revision-name.ts'
import { actCommand, actExitCodes, type ActOptions, runAct } from './act.ts'
import { durations, pinDuration } from './duration.ts'
import type { CommandTools } from './surroundings.ts'

interface Options extends ActOptions {
  /** In milliseconds. */
  readonly pinFor?: number
  readonly pin: boolean
}

export function rollbackCommand(tools: CommandTools): Command {
  return actCommand('rollback', 'publish an earlier settings-file again, and pin it')
    .addArgument(
      new Argument(
        '[revision]',
        `${revisionNames} (default: one step further back than what is live, past what was rolled back from)`,
      ),
    )
    .addOption(new Option('--pin-for <duration>', `${durations} (default: 1h)`).argParser(pinDuration))
    .option('--no-pin', 'do not pin: the next refresh publishes what VWO has')
    .addHelpText(
      'after',
      `
A new revision with old content. It is pinned, or the next refresh would undo it: what VWO sends meanwhile is fetched,
checked and recorded, not published. The pin ends by itself, or by "vwo-hub unpin".
${actExitCodes}

Examples:
  $ vwo-hub rollback prod --reason "checkout is broken"
  $ vwo-hub rollback prod 14:05 --pin-for 4h
  $ vwo-hub rollback prod 1764001234567 --yes --as deploy-bot`,
    )
    .action(async (name: string | undefined, revisionName: string | undefined, options: Options) => {
      await runAct(
        tools,
        name,
        options,
        async ({ acts, actor, confirm, terminal, environment: { name: environment } }) => {
          const [{ publishedAtOf }, { localTime, pinned }, { plainText }] = await Promise.all([
            import('../environment/meta.ts'),
            import('../text/wording.ts'),
            import('../text/plain-text.ts'),
          ])
          const plan = await acts.planRollback(revisionName)
          const { from, to, wasLive, passed, change } = plan
          if (passed.length > 0 && options.yes === true) {
            const { HubError } = await import('../errors.ts')
            throw new HubError(
              'not-possible',
              `Cannot roll back "${environment}" without a question: ${passedOver(passed)} What is before that is revision ${to}. Name the one that is meant: vwo-hub rollback ${environment} ${to} --yes. Nothing was changed.`,
            )
          }
          const pinForMs = options.pin ? (options.pinFor ?? DEFAULT_PIN_MS) : 0
          const shownTime = (revision: number): string => localTime(publishedAtOf(revision))
          const isPinned = pinForMs > 0 || from.meta.pinnedUntil !== undefined
          const isGo = await confirm(
            [
              `Roll back "${environment}" from revision ${from.revision} (${shownTime(from.revision)}) to ${to} (${shownTime(to)}):`,
              `  ${plainText(change)}`,
              `Its content was live from ${localTime(wasLive.from)} until ${localTime(wasLive.until)}.`,
              ...(passed.length > 0 ? [passedOver(passed)] : []),
              isPinned
                ? 'It is pinned then: what VWO sends is checked and recorded, not published.'
                : 'It is NOT pinned then: the next refresh publishes what VWO has.',
            ].join('\n'),
          )
          if (!isGo) return 1
          const done = await acts.rollback(plan, { ...actor, pinForMs })
          if (options.json === true) {
            terminal.json({ environment, ...done })
            return 0
          }
          terminal.line(`Published revision ${done.revision}: ${plainText(done.summary)}`)
          terminal.line(
            done.pinnedUntil === undefined
              ? terminal.colors.yellow('NOT PINNED: the next refresh publishes what VWO has.')
              : terminal.colors.yellow(pinned(done.pinnedUntil, environment)),
          )
          terminal.line(`Whether it has arrived everywhere: vwo-hub nodes ${environment} --wait`)
          return 0
        },
      )
    })
}

function passedOver(revisions: readonly number[]): string {
  const [which, has] = revisions.length === 1 ? ['revision', 'has'] : ['revisions', 'have']
  return `Passed over: ${which} ${revisions.join(', ')}, which ${has} content that somebody has rolled back from.`
}
