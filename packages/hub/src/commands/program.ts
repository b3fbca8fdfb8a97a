import { Command, CommanderError } from 'commander'
import { HubError } from '../errors.ts'
import { version } from '../version.ts'
import { adoptCommand } from './adopt-command.ts'
import { checkCommand } from './check-command.ts'
import { completionCommand } from './completion-command.ts'
import { devCommand } from './dev-command.ts'
import { diffCommand } from './diff-command.ts'
import { doctorCommand } from './doctor-command.ts'
import { explainCommand } from './explain-command.ts'
import { historyCommand } from './history-command.ts'
import { nodesCommand } from './nodes-command.ts'
import { pinCommand } from './pin-command.ts'
import { previewCommand } from './preview-command.ts'
import { refreshCommand } from './refresh-command.ts'
import { releaseCommand } from './release-command.ts'
import { rollbackCommand } from './rollback-command.ts'
import { serveCommand } from './serve-command.ts'
import { showCommand } from './show-command.ts'
import { statusCommand } from './status-command.ts'
import type { CommandTools, ExitCode, Surroundings } from './surroundings.ts'
import { typesCommand } from './types-command.ts'
import { unpinCommand } from './unpin-command.ts'
import { watchCommand } from './watch-command.ts'

/** What runs when no command is named. */
const defaultCommand = 'serve'

/**
 * Runs one command line.
 *
 * @param args - Without the program itself.
 * @returns 0: done, 1: the answer is no, 2: it could not be done. Errors are told on `stderr`.
 */
export async function runCommandLine(args: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  const { stdout, stderr } = surroundings
  // `vwo-hub show | head`: a reader that has enough is no error.
  stdout.on('error', () => {})

  let exitCode: ExitCode = 0
  const tools: CommandTools = {
    ...surroundings,
    async run(work) {
      exitCode = await work()
    },
  }
  const program = createProgram(tools)
  try {
    await program.parseAsync(withCommand(args), { from: 'user' })
    return exitCode
  } catch (error) {
    // Commander has said already what was wrong with the command line, or shown the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    stderr.write(`${described(error, program.opts<{ verbose?: boolean }>().verbose === true)}\n`)
    return 2
  }
}

function createProgram(tools: CommandTools): Command {
  const { stdout, stderr } = tools
  const program = new Command('vwo-hub')
    .description('Keeps the newest VWO settings-file in Redis and in every process of your apps.')
    .version(version, '-V, --version')
    .option('--verbose', 'show where in the program an error arose')
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .exitOverride()
    .addHelpText('after', exitCodesHelp)
  const commands = [
    serveCommand(tools),
    devCommand(tools),
    checkCommand(tools),
    statusCommand(tools),
    nodesCommand(tools),
    watchCommand(tools),
    historyCommand(tools),
    showCommand(tools),
    diffCommand(tools),
    previewCommand(tools),
    explainCommand(tools),
    typesCommand(tools),
    doctorCommand(tools),
    refreshCommand(tools),
    rollbackCommand(tools),
    pinCommand(tools),
    unpinCommand(tools),
    releaseCommand(tools),
    adoptCommand(tools),
    completionCommand(tools),
  ]
  for (const command of commands) program.addCommand(command.copyInheritedSettings(program))
  return program
}

const exitCodesHelp = `
Without a command, "${defaultCommand}" runs. Exit codes: 0 done, 1 the answer is no, 2 it could not be done.

Examples:
  $ vwo-hub dev                   try everything on this machine, without an account
  $ vwo-hub status prod           what is published, since when, and is it being kept current
  $ vwo-hub nodes prod            has the newest revision reached every process of the apps
  $ vwo-hub diff prod             what the last publication changed
  $ vwo-hub rollback prod         undo the last change, and keep it so for an hour`

/** An unknown word stays where it is: it is answered with the commands that there are. */
function withCommand(args: readonly string[]): string[] {
  const isHelp = args.some((arg) => ['-h', '--help', '-V', '--version'].includes(arg))
  const first = args.find((arg) => arg !== '--verbose')
  const hasCommand = first !== undefined && !first.startsWith('-')
  return isHelp || hasCommand ? [...args] : [defaultCommand, ...args]
}

function described(error: unknown, isVerbose: boolean): string {
  if (!(error instanceof Error)) return String(error)
  if (isVerbose) return error.stack ?? error.message
  const isExpected = error instanceof HubError
  return isExpected ? error.message : `Unexpected: ${error.message} (--verbose shows where it arose)`
}
