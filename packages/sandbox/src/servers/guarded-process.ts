/**
 * A child process that cannot outlive this one, however this one ends.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'

export interface GuardedProcess {
  readonly pid: number
  /** Standard output and standard error so far, the last 64 kB of them. */
  output(): string
  /** Resolves when the process has ended. Never rejects. */
  readonly ended: Promise<void>
  isRunning(): boolean
  signal(signal: NodeJS.Signals): void
}

export interface GuardedProcessOptions {
  readonly path: string
  readonly argv0: string
  readonly args: readonly string[]
  /** Working directory; removed too when this process dies without cleaning up. */
  readonly directory: string
}

const outputLimit = 64 * 1024

/**
 * Waits for the end of its standard input, which is the end of the process that holds the other end of the
 * pipe: SIGKILL leaves no other way to notice. A shell is enough, and starts in a millisecond.
 */
const guardScript = 'read -r _; kill -9 "$1" 2>/dev/null; rm -rf "$2"'

/**
 * Starts a process in its own process group, so that Ctrl-C in a terminal reaches only this process, which
 * then ends its children in order.
 *
 * @throws What `spawn` reports when the program cannot be started.
 */
export async function spawnGuarded(options: GuardedProcessOptions): Promise<GuardedProcess> {
  const child = spawn(options.path, options.args, {
    argv0: options.argv0,
    cwd: options.directory,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  await once(child, 'spawn')
  const { pid } = child
  if (pid === undefined) throw new Error(`${options.path} started without a process id`)

  const guard = startGuard(pid, options.directory)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-outputLimit)
    })
  }
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => {
      // First: once the process id is free, the guard must not use it.
      guard.kill('SIGKILL')
      resolve()
    })
  })
  releaseEventLoop(child)
  return {
    pid,
    output: () => output,
    ended,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    signal(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return
      // A caller who signals usually waits for the end: that must keep this process alive.
      child.ref()
      child.kill(signal)
    },
  }
}

function startGuard(pid: number, directory: string): ChildProcess {
  const guard = spawn('/bin/sh', ['-c', guardScript, 'sh', String(pid), directory], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  guard.on('error', () => {
    // Without a shell there is no guard; the process is still ended by close().
  })
  guard.stdin.on('error', () => {})
  releaseEventLoop(guard)
  return guard
}

/** A server that nobody closed shall not keep a process from ending. */
function releaseEventLoop(child: ChildProcess): void {
  child.unref()
  for (const stream of [child.stdin, child.stdout, child.stderr]) {
    if (stream !== null && 'unref' in stream && typeof stream.unref === 'function') stream.unref()
  }
}

/** Removes a temporary directory, also when something is still being written into it. */
export async function removeDirectory(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true, maxRetries: 3 })
}
