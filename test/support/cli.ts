import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { runCommandLine } from '../../packages/hub/dist/commands/program.js'
import { until } from './until.ts'

/** The built command line. */
export const cliPath = fileURLToPath(new URL('../../packages/hub/dist/cli.js', import.meta.url))

export interface CliOptions {
  /** The only environment variables, besides PATH. */
  readonly env?: Readonly<Record<string, string>>
  /** Standard input. */
  readonly input?: string
  /** The Node that runs it. Default: that of this process. */
  readonly node?: string
  /** How many descriptors it may have open. Default: as many as this process. */
  readonly descriptors?: number
}

export interface CliResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A `vwo-hub` that runs, as a process of its own. */
export interface RunningCli {
  readonly pid: number
  readonly stdout: () => string
  readonly stderr: () => string
  signal(signal: NodeJS.Signals): void
  /** Waits until standard output matches, and fails when the process ends before. */
  printed(pattern: RegExp): Promise<string>
  readonly ended: Promise<CliResult>
}

/** Starts the built command line as people do. */
export function startCli(
  args: readonly string[],
  { env = {}, input = '', node = process.execPath, descriptors }: CliOptions = {},
): RunningCli {
  const command = [node, cliPath, ...args]
  const limited =
    descriptors === undefined ? command : ['sh', '-c', `ulimit -n ${descriptors}; exec "$0" "$@"`, ...command]
  const [program = '', ...rest] = limited
  const child = spawn(program, rest, {
    env: { PATH: process.env['PATH'], TZ: 'UTC', HUB_DRAIN_MS: '0', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  child.stdin.on('error', () => {}) // It may end without having read.
  child.stdin.end(input)
  let hasEnded = false
  const ended = once(child, 'close').then(([code]: (number | null)[]) => {
    hasEnded = true
    return { code: code ?? null, stdout, stderr }
  })
  return {
    pid: child.pid ?? 0,
    stdout: () => stdout,
    stderr: () => stderr,
    signal: (signal) => child.kill(signal),
    async printed(pattern) {
      await until(
        () => [stdout, stderr],
        ([text = '']) => pattern.test(text) || hasEnded,
      )
      const match = pattern.exec(stdout)
      if (match === null) throw new Error(`It ended without printing ${String(pattern)}: ${stdout}${stderr}`)
      return match[1] ?? match[0]
    },
    ended,
  }
}

/** Runs one command to its end, as a process of its own. */
export async function runCli(args: readonly string[], options?: CliOptions): Promise<CliResult> {
  return await startCli(args, options).ended
}

/**
 * Runs one command to its end in this process: it says and answers the same, and takes a tenth of the time. That each
 * command ends its process is proven in `cli-end.test.ts`.
 *
 * @param options.isTerminal - Whether somebody types the input, who may type more. Default false.
 * @param options.columns - How wide the terminal is that shows it. Default: it is none.
 */
export async function runCommand(
  args: readonly string[],
  {
    env = {},
    input = '',
    isTerminal = false,
    columns,
  }: CliOptions & { readonly isTerminal?: boolean; readonly columns?: number } = {},
): Promise<CliResult> {
  const stdin = Object.assign(new PassThrough(), { isTTY: isTerminal })
  stdin.write(input)
  if (!isTerminal) stdin.end()
  const written = { stdout: '', stderr: '' }
  const output = (name: 'stdout' | 'stderr') => ({
    write(text: Uint8Array | string) {
      written[name] += String(text)
      return true
    },
    on: () => process.stdout,
    ...(columns !== undefined && { isTTY: true, columns }),
  })
  const code = await runCommandLine(args, {
    env,
    stdin,
    stdout: output('stdout'),
    stderr: output('stderr'),
  })
  return { code, ...written }
}

/** Every command that `vwo-hub --help` lists, but `help` itself. */
export async function commandNames(): Promise<string[]> {
  const { stdout } = await runCommand(['--help'])
  const listed = stdout.slice(stdout.indexOf('\nCommands:')).split('\n\n')[0] ?? ''
  const names = [...listed.matchAll(/^ {2}([a-z]+)/gm)].map(([, name = '']) => name)
  return names.filter((name) => name !== 'help')
}
