import type { Command } from 'commander'
import { actExitCodes, askingCommand, type AskingOptions, askVwo, runAct } from './act.ts'
import type { CommandTools } from './surroundings.ts'

export function releaseCommand(tools: CommandTools): Command {
  return askingCommand('release', 'publish what the guard holds back')
    .addHelpText(
      'after',
      `
What is held back now is let through by the next fetch, which is asked for; something else that looks as suspicious is
held back again.
${actExitCodes}

Example:
  $ vwo-hub release prod --reason "the old campaigns are over indeed"`,
    )
    .action(async (name: string | undefined, options: AskingOptions) => {
      await runAct(tools, name, options, async (given) => {
        const [{ plainText }, { localTime }] = await Promise.all([
          import('../text/plain-text.ts'),
          import('../text/wording.ts'),
        ])
        const { acts, actor, confirm, environment } = given
        const { held, sha256, since } = await acts.held()
        const question = `Release what is held back for "${environment.name}" since ${localTime(since)}:\n  ${plainText(held)}`
        if (!(await confirm(question))) return 1
        return await askVwo(given, options, 'Released', () => acts.release({ ...actor, sha256 }))
      })
    })
}
