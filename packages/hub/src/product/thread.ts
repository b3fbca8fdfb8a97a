/**
 * Threads that answer questions within limits of time and memory. What a settings-file of somebody else may do (have no
 * end, take all memory, kill whoever tries it) it does there. Some answer one question and end; others stand by, keep
 * what takes long to load, and answer one question after the other.
 *
 * @module
 */
import { Worker } from 'node:worker_threads'
import { HubError } from '../errors.ts'
import { plainText } from '../text/plain-text.ts'
import type { Said, ThreadData } from './inside-thread.ts'

/** What a thread is, and what it may take. */
export interface ThreadOptions {
  /** The module that it runs; it calls `answerQuestions`. */
  readonly worker: URL
  /** What it is started with, apart from questions: the SDK to load, for example. */
  readonly data?: unknown
  /** Limit for its heap, in megabytes. */
  readonly memoryMb: number
}

/** What came of a question. */
export type Outcome<Answer> =
  | { readonly kind: 'answer'; readonly answer: Answer }
  /** It could not load what it needs: no question will be answered. */
  | { readonly kind: 'unusable'; readonly why: string }
  /** It came to an end of its own, by an exception or for want of memory, when it had reached that step. */
  | { readonly kind: 'ended'; readonly why: string; readonly reached: number }
  /** It was ended, because it was not done in time. */
  | { readonly kind: 'timeout'; readonly reached: number }

interface Thread {
  hasEnded(): boolean
  /** One at a time. */
  ask<Answer>(question: unknown, timeoutMs: number): Promise<Outcome<Answer>>
  /** Idempotent. */
  end(): Promise<void>
}

/** How long a thread may take until it can answer, in milliseconds. */
const LOAD_TIMEOUT_MS = 30_000

type Heard = Said | { readonly kind: 'ended'; readonly why: string } | { readonly kind: 'timeout' }

function startThread({ worker: url, data, memoryMb }: ThreadOptions): Thread {
  const progress = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  const worker = new Worker(url, {
    workerData: { data, progress } satisfies ThreadData,
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
  let settle: (heard: Heard) => void = () => {}
  worker.on('message', (said: Said) => settle(said))
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
  function next(timeoutMs: number): Promise<Heard> {
    return new Promise((resolve) => {
      worker.ref()
      const timer = setTimeout(() => settle({ kind: 'timeout' }), timeoutMs)
      settle = (heard) => {
        settle = () => {}
        clearTimeout(timer)
        // Whoever awaits the end of a thread must not be left by the process.
        if (!hasEnded) worker.unref()
        resolve(heard)
      }
    })
  }

  async function end(): Promise<void> {
    if (!hasEnded) worker.ref()
    hasEnded = true
    await worker.terminate()
  }

  const loading = next(LOAD_TIMEOUT_MS)

  return {
    hasEnded: () => hasEnded,
    async ask<Answer>(question: unknown, timeoutMs: number): Promise<Outcome<Answer>> {
      const loaded = await loading
      if (loaded.kind !== 'loaded') {
        await end()
        const why = 'why' in loaded ? loaded.why : `it has not loaded within ${LOAD_TIMEOUT_MS} ms`
        return { kind: 'unusable', why }
      }
      Atomics.store(progress, 0, 0)
      const coming = next(timeoutMs)
      worker.postMessage(question, [])
      const heard = await coming
      if (heard.kind === 'answer') return { kind: 'answer', answer: heard.answer as Answer }
      if (heard.kind === 'failed') throw new HubError(heard.code, heard.message)
      await end()
      const reached = Atomics.load(progress, 0)
      return heard.kind === 'ended'
        ? { kind: 'ended', why: heard.why, reached }
        : { kind: 'timeout', reached }
    },
    end,
  }
}

/** What is asked, for messages. */
export interface Asked {
  /** What is being done: `preview settings of "prod"`. */
  readonly what: string
  /** Limit, in milliseconds. */
  readonly timeoutMs: number
}

/** A thread that is kept for the next question, and replaced when it has come to an end. */
export interface StandingThread {
  /** Lets it load ahead of the first question, which waits for it otherwise. */
  start(): void
  /**
   * Questions wait for each other, and their time begins when it is their turn.
   *
   * @param signal - Who has gone before it is their turn is passed over.
   * @throws {@link HubError} `closed`
   */
  ask<Answer>(question: unknown, timeoutMs: number, signal?: AbortSignal): Promise<Outcome<Answer>>
  /** Ends it; a question under way fails. Idempotent. */
  close(): Promise<void>
}

/**
 * @param options - Asked for each time that a thread is started.
 * @param idleMs - Who has not been asked for so long is ended, until the next question; in milliseconds. Default: never.
 */
export function createStandingThread(options: () => ThreadOptions, idleMs?: number): StandingThread {
  let thread: Thread | undefined
  let last: Promise<unknown> = Promise.resolve()
  let idle: NodeJS.Timeout | undefined
  let closed: Promise<void> | undefined

  function threadInUse(): Thread {
    if (thread === undefined || thread.hasEnded()) thread = startThread(options())
    return thread
  }

  function startIdling(): void {
    if (idleMs !== undefined) idle = setTimeout(() => void thread?.end(), idleMs).unref()
  }

  async function askNext<Answer>(
    question: unknown,
    timeoutMs: number,
    signal: AbortSignal | undefined,
  ): Promise<Outcome<Answer>> {
    for (;;) {
      throwIfClosed()
      signal?.throwIfAborted()
      clearTimeout(idle)
      const isUsed = thread?.hasEnded() === false
      const outcome = await threadInUse().ask<Answer>(question, timeoutMs).finally(startIdling)
      throwIfClosed()
      // What came before may have ended the thread late: a new one shows whose fault it is.
      if (outcome.kind !== 'ended' || !isUsed) return outcome
    }
  }

  function throwIfClosed(): void {
    if (closed !== undefined) throw new HubError('closed', 'Settings are not checked: the hub is closed.')
  }

  return {
    start() {
      if (closed === undefined) threadInUse()
    },
    ask<Answer>(question: unknown, timeoutMs: number, signal?: AbortSignal) {
      const next = last.then(() => askNext<Answer>(question, timeoutMs, signal))
      last = next.catch(() => {})
      return next
    },
    close() {
      clearTimeout(idle)
      closed ??= thread?.end() ?? Promise.resolve()
      return closed
    },
  }
}

/**
 * The answer that came of a question.
 *
 * @throws {@link HubError} `timeout`; `not-possible` when the thread failed or came to an end.
 */
export function answerOf<Answer>(outcome: Outcome<Answer>, { what, timeoutMs }: Asked): Answer {
  if (outcome.kind === 'answer') return outcome.answer
  if (outcome.kind === 'timeout') {
    throw cannot(what, 'timeout', `expected to be done within ${timeoutMs / 1000} s, it was not`)
  }
  throw cannot(what, 'not-possible', `its thread ${outcome.why}`)
}

function cannot(what: string, code: 'timeout' | 'not-possible', why: string): HubError {
  return new HubError(code, `Cannot ${what}: ${why}.`)
}

/** The thread is ended after `timeoutMs`, whatever it is doing. */
export interface OneQuestion extends ThreadOptions, Asked {
  readonly question: unknown
  /** Ends the thread: nobody waits for the answer any more. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Has one question answered in a thread of its own, which shares nothing with others.
 *
 * @throws {@link HubError} `timeout`; `not-possible` when the thread fails or comes to an end.
 */
export async function askOnce<Answer>(options: OneQuestion): Promise<Answer> {
  const { question, what, timeoutMs, signal } = options
  if (signal?.aborted === true) throw cannot(what, 'not-possible', 'nobody waits for it any more')
  const thread = startThread(options)
  const abort = (): void => void thread.end()
  signal?.addEventListener('abort', abort)
  // Its time begins at once, with what it loads.
  let timer: NodeJS.Timeout | undefined
  const isOver = new Promise<Outcome<Answer>>((resolve) => {
    timer = setTimeout(() => resolve({ kind: 'timeout', reached: 0 }), timeoutMs)
  })
  try {
    return answerOf(await Promise.race([thread.ask<Answer>(question, timeoutMs), isOver]), options)
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
    await thread.end()
  }
}

/** The module of a thread, beside the one that starts it, compiled or not. */
export function workerBeside(url: string, name: string): URL {
  return new URL(`./${name}${url.endsWith('.ts') ? '.ts' : '.js'}`, url)
}
