/**
 * Keeps a number of app processes running: one that ends is started again.
 *
 * @module
 */
import { type ChildProcess, fork } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { ProductName } from '@vwo-hub/protocol'
import { type AppReport, reportSchema } from './app-report.ts'
import type { Question } from './question.ts'

/** How long an app may take to end before it is killed, in milliseconds. */
const closeTimeoutMs = 2_000

/** Pause before an app that ended is started again, in milliseconds. */
const RESTART_MS = 1_000

export interface AppProcessesOptions {
  /** Whose SDK they decide with. */
  readonly product: ProductName
  readonly names: readonly string[]
  /** Added to the environment of this process. */
  readonly env: Readonly<Record<string, string>>
  readonly onStart: (name: string, pid: number) => void
  readonly onReport: (name: string, report: AppReport) => void
  /** @param how - Exit code or signal. */
  readonly onEnd: (name: string, how: number | string) => void
}

export interface AppProcesses {
  /** Changes what the apps decide and report. */
  ask(questions: readonly Question[]): void
  /** Ends all of them, those that do not end by themselves by force. Idempotent. */
  close(): Promise<void>
}

export function startAppProcesses(options: AppProcessesOptions): AppProcesses {
  const { product, names, env, onStart, onReport, onEnd } = options
  const closing = new AbortController()
  const running = new Set<ChildProcess>()
  let questions: readonly Question[] = []

  /** Runs one app again and again until it is to end. */
  async function keepRunning(name: string): Promise<void> {
    while (!closing.signal.aborted) {
      const how = await run(name)
      if (closing.signal.aborted) return
      onEnd(name, how)
      await sleep(RESTART_MS, undefined, { signal: closing.signal }).catch(() => {})
    }
  }

  async function run(name: string): Promise<number | string> {
    const app = fork(fileURLToPath(new URL(`${product}/app.js`, import.meta.url)), [], {
      env: { ...process.env, ...env, APP_NAME: name },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    running.add(app)
    let complaint = ''
    app.stderr?.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(-2_000)
    })
    app.on('message', (message) => {
      const report = reportSchema.safeParse(message)
      if (report.success) onReport(name, report.data)
    })
    app.once('spawn', () => {
      onStart(name, app.pid ?? 0)
      tell(app, questions)
    })
    try {
      return await new Promise((resolve) => {
        app.once('error', (error) => {
          resolve(error.message)
        })
        app.once('exit', (code, signal) => {
          resolve(signal ?? (code === 0 || complaint === '' ? (code ?? 0) : complaint.trim()))
        })
      })
    } finally {
      running.delete(app)
    }
  }

  const all = Promise.all(names.map(keepRunning))
  let closed: Promise<void> | undefined
  async function end(): Promise<void> {
    closing.abort()
    // The end of the channel is what tells an app to close: it works for a parent that was killed, too.
    for (const app of running) if (app.connected) app.disconnect()
    const force = setTimeout(() => {
      for (const app of running) app.kill('SIGKILL')
    }, closeTimeoutMs)
    await all
    clearTimeout(force)
  }

  return {
    ask(next) {
      questions = next
      for (const app of running) tell(app, questions)
    },
    async close() {
      closed ??= end()
      await closed
    },
  }
}

function tell(app: ChildProcess, questions: readonly Question[]): void {
  // An app that has just died misses the question; its successor is told at its start.
  if (app.connected) app.send({ ask: questions }, () => {})
}
