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
 * Reads a line `process-id directory` for what is started and `process-id` for what has ended, until the end of its standard
 * input, which is the end of the process that holds the other end of the pipe: SIGKILL leaves no other way to notice. Then it
 * kills and removes what is left. A shell is enough, and starts in a millisecond.
 */
const guardScript = `
while read -r pid directory; do
  eval "directory_$pid=\\$directory"
  pids="$pids $pid"
done
for pid in $pids; do
  eval "directory=\\$directory_$pid"
  [ -n "$directory" ] || continue
  kill -9 "$pid" 2>/dev/null
  rm -rf "$directory"
done`

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

  const guard = (guardInUse ??= startGuard())
  guard.stdin?.write(`${pid} ${options.directory}\n`)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-outputLimit)
    })
  }
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => {
      // First: once the process id is free, the guard must not use it.
      guard.stdin?.write(`${pid}\n`)
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

/** One for all: to start a process takes the longer the larger this one is. */
let guardInUse: ChildProcess | undefined

function startGuard(): ChildProcess {
  const guard = spawn('/bin/sh', ['-c', guardScript], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
  guard.on('error', () => {
    // Without a shell there is no guard; what was started is still ended by close().
  })
  guard.on('exit', () => {
    guardInUse = undefined
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
