import { Command, CommanderError } from 'commander'
import { HubError } from '../errors.ts'
import { escapeUnprintable } from '../text/escape-unprintable.ts'
import { wrapped, wrappedParagraphs } from '../text/wrapped.ts'
import { version } from '../version.ts'
import { columnsOf, type CommandTools, type ExitCode, type Surroundings } from './surroundings.ts'

/** What runs when no command is named. */
const defaultCommand = 'serve'

/** What makes each command, in the order of the help. */
const commands: Readonly<Record<string, (tools: CommandTools) => Promise<Command>>> = {
  serve: async (tools) => (await import('./serve-command.ts')).serveCommand(tools),
  dev: async (tools) => (await import('./dev-command.ts')).devCommand(tools),
  check: async (tools) => (await import('./check-command.ts')).checkCommand(tools),
  environments: async (tools) => (await import('./environments-command.ts')).environmentsCommand(tools),
  status: async (tools) => (await import('./status-command.ts')).statusCommand(tools),
  nodes: async (tools) => (await import('./nodes-command.ts')).nodesCommand(tools),
  watch: async (tools) => (await import('./watch-command.ts')).watchCommand(tools),
  history: async (tools) => (await import('./history-command.ts')).historyCommand(tools),
  show: async (tools) => (await import('./show-command.ts')).showCommand(tools),
  diff: async (tools) => (await import('./diff-command.ts')).diffCommand(tools),
  preview: async (tools) => (await import('./preview-command.ts')).previewCommand(tools),
  explain: async (tools) => (await import('./explain-command.ts')).explainCommand(tools),
  types: async (tools) => (await import('./types-command.ts')).typesCommand(tools),
  doctor: async (tools) => (await import('./doctor-command.ts')).doctorCommand(tools),
  refresh: async (tools) => (await import('./refresh-command.ts')).refreshCommand(tools),
  rollback: async (tools) => (await import('./rollback-command.ts')).rollbackCommand(tools),
  pin: async (tools) => (await import('./pin-command.ts')).pinCommand(tools),
  unpin: async (tools) => (await import('./unpin-command.ts')).unpinCommand(tools),
  release: async (tools) => (await import('./release-command.ts')).releaseCommand(tools),
  publish: async (tools) => (await import('./publish-command.ts')).publishCommand(tools),
  stop: async (tools) => (await import('./stop-command.ts')).stopCommand(tools),
  adopt: async (tools) => (await import('./adopt-command.ts')).adoptCommand(tools),
  schema: async (tools) => (await import('./schema-command.ts')).schemaCommand(tools),
  completion: async (tools) => (await import('./completion-command.ts')).completionCommand(tools),
}

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
    refuse: tellError,
  }
  const line = withCommand(args)
  const isJson = line.includes('--json')
  /** For people on `stderr`; with `--json` for programs on `stdout`, too. */
  function tellError(error: unknown, isVerbose = false): void {
    stderr.write(`${wrapped(described(error, isVerbose), columnsOf(stderr))}\n`)
    if (isJson) tellProgram(codeOf(error), described(error, false))
  }
  function tellProgram(code: string, message: string): void {
    stdout.write(`${escapeUnprintable(JSON.stringify({ error: { code, message } }))}\n`)
  }
  const program = createProgram(tools)
  for (const command of await commandsFor(line, tools))
    program.addCommand(command.copyInheritedSettings(program))
  try {
    await program.parseAsync(line, { from: 'user' })
    return exitCode
  } catch (error) {
    // Commander has said already what was wrong with the command line, or shown the help that was asked for.
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0
      if (isJson) tellProgram('usage', error.message.replace(/^error: /, ''))
      return 2
    }
    tellError(error, program.opts<{ verbose?: boolean }>().verbose === true)
    return 2
  }
}

/** Of a help that is read elsewhere, in columns. */
const WIDTH = 80

function createProgram(tools: CommandTools): Command {
  const { stdout, stderr } = tools
  return new Command('vwo-hub')
    .description('Keeps the newest VWO settings-file in Redis and in every process of your apps.')
    .version(version, '-V, --version')
    .option('--verbose', 'show where in the program an error arose')
    .configureOutput({
      writeOut: (text) => stdout.write(wrappedParagraphs(text, columnsOf(stdout))),
      getOutHelpWidth: () => columnsOf(stdout) ?? WIDTH,
      writeErr: (text) => stderr.write(text),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .exitOverride()
    .addHelpText('after', exitCodesHelp)
}

const exitCodesHelp = `
Without a command, "${defaultCommand}" runs. Exit codes: 0 done, 1 the answer is no, 2 it could not be done.

Examples:
  $ vwo-hub dev                   try everything on this machine, without an account
  $ vwo-hub status prod           what is published, since when, and is it being kept current
  $ vwo-hub nodes prod            has the newest revision reached every process of the apps
  $ vwo-hub diff prod             what the last publication changed
  $ vwo-hub rollback prod         undo the last change, and keep it so for an hour`

/** The one that is named, so that it answers at once; all of them where they are told of. */
async function commandsFor(line: readonly string[], tools: CommandTools): Promise<Command[]> {
  const name = nameIn(line)
  const isAlone = name !== undefined && name !== 'completion' && Object.hasOwn(commands, name)
  const wanted = Object.entries(commands).filter(([each]) => !isAlone || each === name)
  return await Promise.all(wanted.map(async ([, make]) => await make(tools)))
}

function nameIn(args: readonly string[]): string | undefined {
  return args.find((arg) => arg !== '--verbose')
}

/** An unknown word stays where it is: it is answered with the commands that there are. */
function withCommand(args: readonly string[]): string[] {
  const isHelp = args.some((arg) => ['-h', '--help', '-V', '--version'].includes(arg))
  const first = nameIn(args)
  const hasCommand = first !== undefined && !first.startsWith('-')
  return isHelp || hasCommand ? [...args] : [defaultCommand, ...args]
}

/** What a program branches on. */
function codeOf(error: unknown): string {
  return error instanceof HubError ? error.code : 'internal'
}

function described(error: unknown, isVerbose: boolean): string {
  if (!(error instanceof Error)) return String(error)
  if (isVerbose) return error.stack ?? error.message
  const isExpected = error instanceof HubError
  return isExpected ? error.message : `Unexpected: ${error.message} (--verbose shows where it arose)`
}
