/**
 * A real process that can be killed, frozen and started again, and that cannot outlive this one.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

export interface ChildOptions {
  readonly name: string
  /** Arguments of Node. */
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Largest file that it may write, in blocks of 512 bytes. Default: any. */
  readonly fileBlocks?: number
  /** A whole line of its standard output. */
  readonly onLine: (line: string) => void
  /** What it wrote to standard error. */
  readonly onError: (text: string) => void
  readonly onStart: () => void
  readonly onEnd: (how: number | string, ordered: NodeJS.Signals | undefined) => void
}

export interface Child {
  readonly name: string
  isRunning(): boolean
  start(): void
  /** SIGKILL. Resolves when it has ended. */
  kill(): Promise<void>
  /** SIGTERM. Resolves when it has ended. */
  end(): Promise<void>
  freeze(): void
  thaw(): void
}

/** Waits for the end of this process, which closes the pipe: after a SIGKILL nobody else is left to end the child. */
const guardScript = 'read -r _; kill -9 "$1" 2>/dev/null'
/** Node answers a write beyond the limit with EFBIG, as a full disk does with ENOSPC: in the middle of a file. */
const limitScript = 'ulimit -f "$0"; exec "$@"'

export function createChild(options: ChildOptions): Child {
  const { name, args, env = {}, fileBlocks, onLine, onError, onStart, onEnd } = options
  let running: { readonly process: ChildProcess; readonly ended: Promise<void> } | undefined
  let ordered: NodeJS.Signals | undefined

  function start(): void {
    if (running !== undefined) throw new Error(`${name} runs already`)
    ordered = undefined
    // A complaint says where it comes from.
    const nodeArgs = ['--trace-warnings', ...args]
    const [program, ...programArgs] =
      fileBlocks === undefined
        ? [process.execPath, ...nodeArgs]
        : ['/bin/sh', '-c', limitScript, String(fileBlocks), process.execPath, ...nodeArgs]
    const child = spawn(program ?? '', programArgs, {
      env: { PATH: process.env['PATH'], TZ: 'UTC', ...env },
      // Ctrl-C in a terminal reaches this process alone, which then ends its children.
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    child.stdin.on('error', () => {})
    const guard = spawn('/bin/sh', ['-c', guardScript, 'sh', String(child.pid)], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    guard.stdin.on('error', () => {})
    let rest = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      // What a kill has cut off is no line.
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      lines.forEach((line) => onLine(line))
    })
    child.stderr.setEncoding('utf8').on('data', onError)
    const ended = once(child, 'close').then(([code, signal]: (number | string | null)[]) => {
      guard.kill('SIGKILL')
      running = undefined
      onEnd(signal ?? code ?? 'unknown', ordered)
      return undefined
    })
    running = { process: child, ended }
    onStart()
  }

  async function endBy(signal: NodeJS.Signals): Promise<void> {
    if (running === undefined) return
    ordered = signal
    const { process: child, ended } = running
    child.kill(signal)
    await ended
  }

  return {
    name,
    isRunning: () => running !== undefined,
    start,
    kill: async () => endBy('SIGKILL'),
    end: async () => endBy('SIGTERM'),
    freeze: () => void running?.process.kill('SIGSTOP'),
    thaw: () => void running?.process.kill('SIGCONT'),
  }
}
