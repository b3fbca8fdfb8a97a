import { type Command, Option } from 'commander'
import { HubError } from '../errors.ts'
import { DEFAULT_PIN_MS } from '../operate/pin-limits.ts'
import type { HandActs, HandPlan } from '../operate/acts-by-hand.ts'
import { actCommand, type ActOptions, runAct } from './act.ts'
import { durations, pinDuration } from './duration.ts'
import type { CommandTools } from './surroundings.ts'

interface HandOptions extends ActOptions {
  /** In milliseconds. */
  readonly pinFor?: number
  readonly endCampaigns?: boolean
}

/** A command that publishes something that VWO has not sent. */
export interface HandCommand {
  readonly name: string
  readonly description: string
  /** What it takes besides the environment, and what that is. */
  readonly argument: readonly [name: string, description: string]
  readonly help: string
  plan(acts: HandActs, given: string): Promise<HandPlan>
}

export function handCommand(
  tools: CommandTools,
  { name, description, argument: [argument, what], help, plan }: HandCommand,
): Command {
  return actCommand(name, description)
    .argument(`[${argument}]`, what)
    .addOption(new Option('--pin-for <duration>', `${durations} (default: 1h)`).argParser(pinDuration))
    .option('--end-campaigns', 'with --yes: also when most of what runs would end by it')
    .addHelpText('after', help)
    .action(async (first: string | undefined, second: string | undefined, options: HandOptions) => {
      // The environment comes first, and may be left out.
      const [environment, given] = second === undefined ? [undefined, first] : [first, second]
      await runByHand(tools, environment, options, async (acts) => {
        if (given !== undefined) return await plan(acts, given)
        throw new HubError('not-possible', `Expected ${what}. Nothing was changed.`)
      })
    })
}

/** Says what would be published by hand, asks, and does it. */
async function runByHand(
  tools: CommandTools,
  name: string | undefined,
  options: HandOptions,
  what: (acts: HandActs) => Promise<HandPlan>,
): Promise<void> {
  await runAct(tools, name, options, async ({ acts, actor, confirm, terminal, environment: reached }) => {
    const [{ publishedAtOf }, { localTime, pinned }, { plainText }] = await Promise.all([
      import('../environment/meta.ts'),
      import('../text/wording.ts'),
      import('../text/plain-text.ts'),
    ])
    const { name: environment } = reached
    if ((options.reason ?? '').trim() === '') {
      const why = `Cannot publish by hand to "${environment}": the audit needs the reason, --reason "…". Nothing was changed.`
      throw new HubError('not-possible', why)
    }
    const plan = await what(acts.byHand)
    const { from, change, ending } = plan
    const question = [
      `Publish by hand to "${environment}", in place of revision ${from.revision} (${localTime(publishedAtOf(from.revision))}):`,
      `  ${plainText(change)}`,
      ...(ending === undefined ? [] : [`ATTENTION: ${plainText(ending)}`]),
      'It is pinned then: what VWO sends is checked and recorded, not published.',
    ]
    if (!(await confirm(question.join('\n')))) return 1
    const done = await acts.byHand.publish(plan, {
      ...actor,
      pinForMs: options.pinFor ?? DEFAULT_PIN_MS,
      // Whoever was asked has read it.
      isEndingMeant: options.yes !== true || options.endCampaigns === true,
    })
    if (options.json === true) {
      terminal.json({ environment, ...done })
      return 0
    }
    terminal.line(`Published revision ${done.revision}: ${plainText(done.summary)}`)
    terminal.line(terminal.colors.yellow(pinned(done.pinnedUntil ?? '', environment)))
    terminal.line(`Whether it has arrived everywhere: vwo-hub nodes ${environment} --wait`)
    return 0
  })
}
