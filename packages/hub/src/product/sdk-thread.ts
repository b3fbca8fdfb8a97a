/**
 * Threads that answer one question with the real SDK, each with a copy of it that shares nothing, and end.
 *
 * @module
 */
import { parentPort, Worker, workerData } from 'node:worker_threads'
import { loadSdk, type LoadedSdk } from './fullstack/dry-run/load-sdk.ts'
import { HubError } from '../errors.ts'
import { plainText } from '../text/plain-text.ts'

/** The SDK that questions are answered with, unless another one is named. */
const DEFAULT_SDK = 'vwo-node-sdk'

export interface SdkQuestion<Question> {
  /** The module that the thread runs; it calls {@link answerWithSdk}. */
  readonly worker: URL
  readonly question: Question
  /** What is being done, for messages: `preview settings of "prod"`. */
  readonly what: string
  /** The thread is ended then, whatever it is doing. */
  readonly timeoutMs: number
  /** Limit for the thread's heap, in megabytes. @default 512 */
  readonly memoryMb?: number
  /** Ends the thread: nobody waits for the answer any more. */
  readonly signal?: AbortSignal
}

interface ThreadData {
  readonly sdk: string
  readonly question: unknown
}

type Said = { readonly ok: true; readonly answer: unknown } | { readonly ok: false; readonly why: string }

/**
 * Has one question answered in a thread of its own.
 *
 * @throws {@link HubError} `timeout`; `not-possible` when the thread fails or comes to an end.
 */
export async function askSdk<Question, Answer>(options: SdkQuestion<Question>): Promise<Answer> {
  const { worker: url, question, what, timeoutMs, memoryMb = 512, signal } = options
  const worker = new Worker(url, {
    workerData: { sdk: DEFAULT_SDK, question } satisfies ThreadData,
    // It needs none of the variables, and some are secrets.
    env: {},
    // The SDK prints past every logger.
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: memoryMb },
  })
  worker.stdout.resume()
  worker.stderr.resume()
  let timer: NodeJS.Timeout | undefined
  try {
    const said = await new Promise<Said>((resolve, reject) => {
      const fail = (code: 'timeout' | 'not-possible', why: string): void =>
        reject(new HubError(code, `Cannot ${what}: ${why}.`))
      timer = setTimeout(
        () => fail('timeout', `expected to be done within ${timeoutMs / 1000} s, it was not`),
        timeoutMs,
      )
      signal?.addEventListener('abort', () => void worker.terminate(), { once: true })
      worker.once('message', resolve)
      worker.once('error', (error: NodeJS.ErrnoException) =>
        fail(
          'not-possible',
          error.code === 'ERR_WORKER_OUT_OF_MEMORY'
            ? `it needs more than ${memoryMb} MB of memory`
            : plainText(error.message, 200),
        ),
      )
      worker.once('exit', () => fail('not-possible', 'its thread ended'))
    })
    if (said.ok) return said.answer as Answer
    throw new HubError('not-possible', `Cannot ${what}: ${said.why}.`)
  } finally {
    clearTimeout(timer)
    await worker.terminate()
  }
}

/** In the thread: loads the SDK, and says what the function answers to the question, which is as it was asked. */
export function answerWithSdk(
  answer: (loaded: Extract<LoadedSdk, { ok: true }>, question: unknown) => unknown,
): void {
  const { sdk, question } = workerData as ThreadData
  const say = (said: Said): void => parentPort?.postMessage(said, [])
  const loaded = loadSdk(sdk)
  if (loaded.ok) say({ ok: true, answer: answer(loaded, question) })
  else say({ ok: false, why: loaded.why })
}

/** The module of a thread, beside the one that starts it, compiled or not. */
export function workerBeside(url: string, name: string): URL {
  return new URL(`./${name}${url.endsWith('.ts') ? '.ts' : '.js'}`, url)
}
