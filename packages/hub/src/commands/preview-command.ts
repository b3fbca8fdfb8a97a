import { Argument, Command } from 'commander'
import { settingsNames } from '../operate/revision-name.ts'
import { environmentArgument, withEnvironment } from './with-environment.ts'
import type { PreviewOptions } from './run-preview.ts'
import { seconds } from './seconds.ts'
import type { CommandTools } from './surroundings.ts'
import { contextHelp, userContext, variables } from './variable-options.ts'

export function previewCommand(tools: CommandTools): Command {
  return new Command('preview')
    .description('who would get something else, as the real SDK decides')
    .addArgument(
      new Argument(
        '<what>',
        'a settings-file ("-" is standard input), or the name of a revision, "held" or "waiting"',
      ),
    )
    .addArgument(environmentArgument())
    .option('--against <revision>', `what it is compared with: ${settingsNames}`, 'latest')
    .option(
      '--users <file>',
      'users to decide for, one a line (default: 10,000 synthetic ones, 2,000 of FME)',
    )
    .option('--vars <json>', 'customVariables of every user', variables)
    .option('--targeting <json>', 'variationTargetingVariables of every user', variables)
    .option('--context <json>', contextHelp, userContext)
    .option('--timeout <seconds>', 'how long it may take; what is known by then is shown', seconds, 30)
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      `
Nothing is published. A line of --users is an id, or {"user": "…", "customVariables": {…}}. Without variables, users get
such as fit the segments of a campaign, or of a feature's rules. Apps with a user storage keep what it has; here nobody has been before.
Exit codes: 0 shown, 1 the settings-file would not be published, 2 it could not be done.

Examples:
  $ vwo-hub preview new-settings.json prod
  $ vwo-hub preview ~2 prod                       if it were rolled back
  $ vwo-hub preview held prod                     if what the guard holds back were released
  $ vwo-hub preview latest prod --against previous --users ids.txt`,
    )
    .action(async (what: string, name: string | undefined, options: PreviewOptions) => {
      await withEnvironment(tools, name, async (reached) => {
        const { runPreview } = await import('./run-preview.ts')
        return await runPreview(tools, reached, what, options)
      })
    })
}
