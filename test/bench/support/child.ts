import { type ChildProcess, fork, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** How long a child may take for what it is waited for, unless its options say more, in milliseconds. */
export const TIMEOUT_MS = 60_000

/** A process that measures, and tells what. */
export interface Child {
  readonly pid: number
  /** The next thing that it tells. Rejects when it ends, or says nothing for too long. */
  next<T = number>(): Promise<T>
  send(message: string | number | object): void
  /** Ends it at once, and resolves when it has ended. */
  end(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export interface ChildOptions {
  /** Of Node. Default: those of this process, which bring TypeScript. */
  readonly execArgv?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** How long it may take for what it is waited for, in milliseconds. @default 60000 */
  readonly timeoutMs?: number
}

/** Starts a module of this folder and waits until it tells that it is ready. */
export async function startChild(
  name: string,
  args: readonly string[],
  options: ChildOptions = {},
): Promise<Child> {
  const child = forkChild(name, args, options)
  await child.next()
  return child
}

/** Starts a module of this folder. What it tells can be had in turn; the first usually is that it is ready. */
export function forkChild(
  name: string,
  args: readonly string[],
  { execArgv, env, timeoutMs = TIMEOUT_MS }: ChildOptions = {},
): Child {
  const file = name.includes('.') ? name : `${name}.ts`
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), [...args], {
    ...(execArgv && { execArgv: [...execArgv] }),
    env: { ...process.env, ...env },
  })
  const ended = guard(child)
  const told: unknown[] = []
  let onTold: () => void = () => {}
  child.on('message', (message) => {
    told.push(message)
    onTold()
  })

  async function next<T>(): Promise<T> {
    let timer: NodeJS.Timeout | undefined
    try {
      if (told.length === 0) {
        await Promise.race([
          new Promise<void>((resolve) => (onTold = resolve)),
          ended.then((code) => Promise.reject(new Error(`${name} ended with ${code}`))),
          new Promise((_, reject) => {
            timer = setTimeout(() => reject(new Error(`${name} said nothing for ${timeoutMs} ms`)), timeoutMs)
          }),
        ])
      }
    } finally {
      clearTimeout(timer)
    }
    return told.shift() as T
  }
  async function end(): Promise<void> {
    child.kill('SIGKILL')
    await ended
  }
  return {
    pid: child.pid ?? 0,
    next,
    send: (message) => void child.send(message),
    end,
    [Symbol.asyncDispose]: end,
  }
}

/**
 * Sees to it that a child cannot outlive this process, even if that is killed: a shell waits for the end of its standard
 * input, which this process holds.
 *
 * @returns Resolves with the child's exit code or signal.
 */
export function guard(child: ChildProcess): Promise<number | string> {
  const shell = spawn('/bin/sh', ['-c', 'read -r _; kill -9 "$1" 2>/dev/null', 'sh', String(child.pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  shell.on('error', () => {})
  shell.stdin.on('error', () => {})
  shell.unref()
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      // First: once the process id is free, the guard must not use it.
      shell.kill('SIGKILL')
      resolve(code ?? signal ?? 'an unknown code')
    })
  })
}
