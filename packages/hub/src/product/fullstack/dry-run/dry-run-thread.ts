import { Worker } from 'node:worker_threads'
import { plainText } from '../../../text/plain-text.ts'
import type { Trial } from './decisions.ts'
import type { DryRunMessage, ThreadData } from './dry-run-worker.ts'

/** What came of a dry run. */
export type Verdict =
  | { readonly ok: true }
  /** The thread is lost when it came to an end of its own: by an exception, or for want of memory. */
  | { readonly ok: false; readonly why: string; readonly isThreadLost: boolean }

/** A thread that has the SDK. */
export interface DryRunThread {
  hasEnded(): boolean
  /** @returns Why it cannot be used, once that is known; undefined when it can. */
  loaded(): Promise<string | undefined>
  /** One at a time. A run that has no end, or that ends the thread, is a verdict too. */
  run(trial: Trial, timeoutMs: number): Promise<Verdict>
  end(): Promise<void>
}

/** The file beside this one, compiled or not. */
const workerUrl = new URL(
  `./dry-run-worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`,
  import.meta.url,
)

/** How long the thread may take to load the SDK, in milliseconds. */
const LOAD_TIMEOUT_MS = 30_000

type Outcome = DryRunMessage | { readonly kind: 'ended'; readonly why: string } | { readonly kind: 'timeout' }

export function startThread(sdk: string, memoryMb: number): DryRunThread {
  const progress = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  const worker = new Worker(workerUrl, {
    workerData: { sdk, progress } satisfies ThreadData,
    // It needs none of the hub's variables, and some are secrets.
    env: {},
    // The SDK prints past every logger.
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: memoryMb },
  })
  worker.stdout.resume()
  worker.stderr.resume()

  let hasEnded = false
  let settle: (outcome: Outcome) => void = () => {}
  worker.on('message', (message: DryRunMessage) => settle(message))
  worker.on('error', (error: NodeJS.ErrnoException) => {
    hasEnded = true
    const isMemory = error.code === 'ERR_WORKER_OUT_OF_MEMORY'
    settle({
      kind: 'ended',
      why: isMemory ? `needed more than ${memoryMb} MB of memory` : `ended: ${plainText(error.message, 200)}`,
    })
  })
  worker.on('exit', () => {
    hasEnded = true
    settle({ kind: 'ended', why: 'ended its thread' })
  })

  /** Waits for what the thread says next; meanwhile it keeps the process alive, and idle it does not. */
  function next(timeoutMs: number): Promise<Outcome> {
    return new Promise((resolve) => {
      worker.ref()
      const timer = setTimeout(() => settle({ kind: 'timeout' }), timeoutMs)
      settle = (outcome) => {
        settle = () => {}
        clearTimeout(timer)
        worker.unref()
        resolve(outcome)
      }
    })
  }

  const loading = next(LOAD_TIMEOUT_MS)

  async function end(): Promise<void> {
    hasEnded = true
    await worker.terminate()
  }

  return {
    hasEnded: () => hasEnded,
    async loaded() {
      const outcome = await loading
      if (outcome.kind === 'loaded') return undefined
      await end()
      return outcome.kind === 'unusable' || outcome.kind === 'ended'
        ? outcome.why
        : `${sdk} did not load within ${LOAD_TIMEOUT_MS} ms`
    },
    async run(trial, timeoutMs) {
      Atomics.store(progress, 0, 0)
      const coming = next(timeoutMs)
      worker.postMessage(trial, [])
      const outcome = await coming
      if (outcome.kind === 'verdict') {
        return outcome.why === undefined ? { ok: true } : { ok: false, why: outcome.why, isThreadLost: false }
      }
      await end()
      const place = placeReached(Atomics.load(progress, 0))
      return outcome.kind === 'ended'
        ? { ok: false, why: `${place}: the dry run ${outcome.why}`, isThreadLost: true }
        : {
            ok: false,
            why: `${place}: the dry run was not done after ${timeoutMs} ms; a regular expression in segments that backtracks without end is the usual reason`,
            isThreadLost: false,
          }
    },
    end,
  }
}

/** @param step - 0 while the SDK launches, then one more than the place of the campaign. */
function placeReached(step: number): string {
  return step === 0 ? 'the file' : `campaigns[${step - 1}]`
}
