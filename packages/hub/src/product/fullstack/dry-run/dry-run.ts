import type { Trial } from './decisions.ts'
import { startThread, type DryRunThread, type Verdict } from './dry-run-thread.ts'
import { HubError } from '../../../errors.ts'

export interface DryRunOptions {
  /** Limit for the thread's heap, in megabytes. @default 256 */
  readonly memoryMb?: number
  /** The SDK: a name as for `require`, or a folder. @default "vwo-node-sdk" */
  readonly sdk?: string
}

/** Tries settings-files with the real SDK, in a thread of its own that a hostile file can block or kill. */
export interface DryRun {
  /** Starts the thread, which then loads the SDK. */
  start(): void
  /**
   * Launches the SDK with a settings-file and makes every decision once. Runs wait for each other.
   *
   * @param timeoutMs - Limit in milliseconds; the thread is ended then, whatever it is doing.
   * @throws {@link HubError} `config-invalid` when the SDK cannot be loaded or is not one that is known; `closed`.
   */
  run(trial: Trial, timeoutMs: number): Promise<Verdict>
  /** Ends the thread. Idempotent. */
  close(): Promise<void>
}

export function createDryRun({ memoryMb = 256, sdk = 'vwo-node-sdk' }: DryRunOptions = {}): DryRun {
  let thread: DryRunThread | undefined
  let last: Promise<unknown> = Promise.resolve()
  let closed: Promise<void> | undefined

  /** The one thread, kept for the next run: loading the SDK takes longer than most runs. */
  function threadInUse(): DryRunThread {
    if (thread === undefined || thread.hasEnded()) thread = startThread(sdk, memoryMb)
    return thread
  }

  async function runNext(trial: Trial, timeoutMs: number): Promise<Verdict> {
    for (;;) {
      throwIfClosed()
      const isUsed = thread?.hasEnded() === false
      const current = threadInUse()
      const fault = await current.loaded()
      throwIfClosed()
      if (fault !== undefined) {
        throw new HubError(
          'config-invalid',
          `Cannot check settings: ${fault}. Nothing is published until that is repaired.`,
        )
      }
      const verdict = await current.run(trial, timeoutMs)
      throwIfClosed()
      // What came before may have ended the thread late: a new one shows whose fault it is.
      if (verdict.ok || !verdict.isThreadLost || !isUsed) return verdict
    }
  }

  function throwIfClosed(): void {
    if (closed !== undefined) throw new HubError('closed', 'Settings are not checked: the hub is closed.')
  }

  return {
    start() {
      if (closed === undefined) threadInUse()
    },
    run(trial, timeoutMs) {
      const next = last.then(() => runNext(trial, timeoutMs))
      last = next.catch(() => {})
      return next
    },
    close() {
      closed ??= thread?.end() ?? Promise.resolve()
      return closed
    },
  }
}
