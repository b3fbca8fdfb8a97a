import { Command } from 'commander'
import type { CustomVariables, UserContext } from '../product/users.ts'
import { settingsNames } from '../operate/revision-name.ts'
import { withEnvironment } from './with-environment.ts'
import type { CommandTools } from './surroundings.ts'
import { contextHelp, userContext, variables } from './variable-options.ts'

interface Options {
  readonly at: string
  readonly vars?: CustomVariables
  readonly targeting?: CustomVariables
  readonly context?: UserContext
  readonly json?: boolean
}

export function explainCommand(tools: CommandTools): Command {
  return new Command('explain')
    .description('what a user got of a campaign or feature, and why, step by step')
    .usage('[options] [environment] <key> <user>')
    .argument(
      '<names...>',
      'the environment (else VWO_ENVIRONMENT, else "default"), the key, and the user id',
    )
    .option('--at <revision>', settingsNames, 'latest')
    .option('--vars <json>', 'customVariables that the app passed', variables)
    .option('--targeting <json>', 'variationTargetingVariables that the app passed', variables)
    .option('--context <json>', contextHelp, userContext)
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      `
The real SDK decides, as in an app without a user storage: one with it keeps giving what it has stored.
Exit codes: 0 the user is in the campaign, or the feature is on; 1 not; 2 it could not be found out.

Examples:
  $ vwo-hub explain prod checkout-test user-42
  $ vwo-hub explain prod checkout-test user-42 --at 14:05 --vars '{"plan":"gold"}'`,
    )
    .action(async (names: string[], options: Options, command: Command) => {
      const { environment: name, unit, userId } = named(names, command)
      await withEnvironment(tools, name, async (reached) => {
        const [{ productIn }, { readRevision }, { openTerminal }, show] = await Promise.all([
          import('../operate/judging-of.ts'),
          import('../operate/read-revision.ts'),
          import('./terminal.ts'),
          import('./show-explanation.ts'),
        ])
        const { name: environment } = reached
        const { revision, text } = await readRevision(reached, options.at)
        const product = await productIn(reached)
        const { answer, ...explanation } = await product.open().explain({
          environment,
          text,
          unit,
          userId,
          customVariables: options.vars,
          variationTargetingVariables: options.targeting,
          context: options.context,
        })
        const subject = { environment, revision, campaign: unit, user: userId }
        const terminal = await openTerminal(tools)
        if (options.json === true) terminal.json({ product: product.name, ...subject, ...explanation })
        else show.showExplanation(terminal, subject, { ...explanation, answer })
        return explanation.isIn ? 0 : 1
      })
    })
}

/** The environment comes first, and may be left out. */
function named(
  names: readonly string[],
  command: Command,
): {
  readonly environment: string | undefined
  readonly unit: string
  readonly userId: string
} {
  const [environment, unit, userId] = names.length === 2 ? [undefined, ...names] : names
  if (names.length <= 3 && unit !== undefined && userId !== undefined && userId !== '')
    return { environment, unit, userId }
  return command.error(
    `error: expected [environment] <key> <user>, got ${names.length} of them. See "vwo-hub explain --help".`,
  )
}
