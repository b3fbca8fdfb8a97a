import type { Command } from 'commander'
import { actCommand, actExitCodes, type ActOptions, runAct } from './act.ts'
import { seconds } from './seconds.ts'
import type { CommandTools } from './surroundings.ts'

interface Options extends ActOptions {
  readonly timeout: number
}

export function releaseCommand(tools: CommandTools): Command {
  return actCommand('release', 'publish what the guard holds back')
    .option('--timeout <seconds>', 'how long to wait for a hub', seconds, 10)
    .addHelpText(
      'after',
      `
What is held back now is let through by the next fetch, which is asked for; something else that looks as suspicious is
held back again.
${actExitCodes}

Example:
  $ vwo-hub release prod --reason "the old campaigns are over indeed"`,
    )
    .action(async (name: string | undefined, options: Options) => {
      await runAct(tools, name, options, async ({ acts, actor, confirm, terminal, environment: reached }) => {
        const [{ watchRefresh }, { plainText }, { localTime }] = await Promise.all([
          import('../operate/request-refresh.ts'),
          import('../text/plain-text.ts'),
          import('../text/wording.ts'),
        ])
        const { name: environment } = reached
        const { held, sha256, since } = await acts.held()
        const question = `Release what is held back for "${environment}" since ${localTime(since)}:\n  ${plainText(held)}`
        if (!(await confirm(question))) return 1
        const watch = await watchRefresh(reached)
        const { ticket } = await acts.release({ ...actor, sha256 })
        const outcome = await watch(ticket, options.timeout * 1000)
        if (options.json === true) terminal.json({ environment, sha256, ...outcome })
        else terminal.line(`Released. ${plainText(outcome.message)}`)
        return 0
      })
    })
}
