import { userInfo } from 'node:os'
import { Command } from 'commander'
import type { Actor } from '../operate/actor.ts'
import type { Acts } from '../operate/acts.ts'
import type { RefreshOutcome } from '../operate/request-refresh.ts'
import { messageOf } from '../errors.ts'
import type { Judging } from '../product/product.ts'
import type { Environment } from '../environment/environment.ts'
import { environmentArgument, withEnvironment } from './with-environment.ts'
import { seconds } from './seconds.ts'
import type { CommandTools, ExitCode } from './surroundings.ts'
import type { Terminal } from './terminal.ts'

/** What every act takes on the command line. */
export interface ActOptions {
  readonly as?: string
  readonly reason?: string
  readonly yes?: boolean
  readonly json?: boolean
}

/** What an act is made with. */
export interface ActTools {
  readonly environment: Environment
  readonly acts: Acts
  readonly actor: Actor
  readonly terminal: Terminal
  /** Asks whether to go on, having said what would happen; `--yes` has answered already. */
  readonly confirm: (what: string) => Promise<boolean>
}

/** A command that changes something: it is confirmed, and in the audit stream with who and why. */
export function actCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .addArgument(environmentArgument())
    .option('--as <name>', 'who does it, for the audit (default: the login name)')
    .option('--reason <text>', 'why, for the audit')
    .option('-y, --yes', 'do not ask; needed where nobody can be asked')
    .option('--json', 'for programs')
}

/** The same for an act that has VWO asked at once. */
export function askingCommand(name: string, description: string): Command {
  return actCommand(name, description).option(
    '--timeout <seconds>',
    'how long to wait for a hub',
    seconds,
    10,
  )
}

/** What such an act takes on the command line. */
export interface AskingOptions extends ActOptions {
  readonly timeout: number
}

/** Does it, and tells what came of it. @param done - What was done, in a word. */
export async function askVwo(
  { environment, terminal }: ActTools,
  { timeout, json }: AskingOptions,
  done: string,
  act: () => Promise<{ readonly ticket: number }>,
): Promise<ExitCode> {
  const [{ watchRefresh }, { plainText }] = await Promise.all([
    import('../operate/request-refresh.ts'),
    import('../text/plain-text.ts'),
  ])
  const watch = await watchRefresh(environment)
  const { ticket, ...more } = await act()
  const outcome = await watch(ticket, timeout * 1000).catch((error: unknown) => unknownOutcome(ticket, error))
  if (json === true) terminal.json({ environment: environment.name, ...more, ...outcome })
  else terminal.line(`${done}. ${plainText(outcome.message)}`)
  return 0
}

/** It is done, whatever keeps it from being watched. */
function unknownOutcome(ticket: number, error: unknown): RefreshOutcome {
  const message = `Recorded as ticket ${ticket}; what comes of it cannot be seen, see "vwo-hub status": ${messageOf(error)}`
  return { outcome: 'timeout', ticket, revision: undefined, message }
}

export const actExitCodes = 'Exit codes: 0 done, 1 not done (nothing was changed), 2 it could not be done.'

/** Who runs this, as the system knows it. In a container there may be a number without a name. */
function loginName(env: CommandTools['env']): string {
  try {
    return userInfo().username
  } catch {
    return env['USER'] || `uid ${process.getuid?.() ?? 'unknown'}`
  }
}

/** Runs an act. What cannot be done as things are is an answer, and no fault. */
export async function runAct(
  tools: CommandTools,
  environment: string | undefined,
  options: ActOptions,
  work: (tools: ActTools) => Promise<ExitCode>,
): Promise<void> {
  await withEnvironment(
    tools,
    environment,
    async (reached) => {
      const [{ createActs }, { openTerminal }, { confirm }, { judgingOf }] = await Promise.all([
        import('../operate/acts.ts'),
        import('./terminal.ts'),
        import('./confirm.ts'),
        import('../operate/judging-of.ts'),
      ])
      // The thread that judges is started by the acts that need it.
      let opened: Judging | undefined
      const judging = async (): Promise<Judging> => {
        const { readJudgingLimits } = await import('../config/command-config.ts')
        return (opened ??= await judgingOf(reached, readJudgingLimits(tools.env)))
      }
      try {
        return await work({
          environment: reached,
          acts: createActs(reached, {
            changes: async (before, after) => await (await judging()).changes(before, after),
            judge: async (candidate) => await (await judging()).judge(candidate),
            without: async (text, key) => await (await judging()).without(text, key),
          }),
          actor: { as: options.as ?? loginName(tools.env), reason: options.reason },
          terminal: await openTerminal(tools),
          confirm: async (what) => options.yes === true || (await confirm(tools, what)),
        })
      } finally {
        await opened?.close()
      }
    },
    ['not-possible', 'not-found', 'settings-refused'],
  )
}
