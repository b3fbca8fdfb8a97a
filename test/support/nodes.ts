import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('node-process.mjs', import.meta.url))

/** An app process of its own that follows one environment. */
export interface NodeProcess {
  readonly child: ChildProcess
  /** The updates that it told, oldest first. */
  readonly updates: { readonly revision: number; readonly lagMs: number }[]
  /** Closes its clients; resolves when the process has ended. */
  close(): Promise<unknown>
  /** Ends it as a crash does. */
  kill(): Promise<unknown>
}

/**
 * @param options.clockShiftMs - How wrong the clock of its host is, in milliseconds. Default 0.
 * @param options.clients - How many clients it has: each of them is a node. Default 1.
 */
export function startNode(options: {
  readonly redisUrl: string
  readonly environment: string
  readonly clockShiftMs?: number
  readonly clients?: number
  /** The Node that runs it. Default: that of this process. */
  readonly node?: string
}): NodeProcess {
  const { redisUrl, environment, clockShiftMs = 0, clients = 1, node = process.execPath } = options
  const child = fork(program, {
    env: {
      PATH: process.env['PATH'],
      REDIS_URL: redisUrl,
      ENVIRONMENT: environment,
      CLOCK_SHIFT_MS: String(clockShiftMs),
      CLIENTS: String(clients),
    },
    execPath: node,
    execArgv: [],
  })
  const updates: NodeProcess['updates'] = []
  child.on('message', (update) => updates.push(update as NodeProcess['updates'][number]))
  const ended: Promise<unknown> = once(child, 'exit')
  return {
    child,
    updates,
    close() {
      if (child.connected) child.send('close')
      return ended
    },
    kill() {
      child.kill('SIGKILL')
      return ended
    },
  }
}
