/**
 * The inside of a thread that answers questions.
 *
 * @see thread.ts, the outside
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads'
import { HubError, type HubErrorCode } from '../errors.ts'

/** What a thread is started with. */
export interface ThreadData {
  readonly data: unknown
  /** One element: which step has been reached, so that whoever ends the thread knows the place. */
  readonly progress: Int32Array
}

/** What a thread says: once whether it can answer, then one answer for each question. */
export type Said =
  | { readonly kind: 'loaded' }
  | { readonly kind: 'unusable'; readonly why: string }
  | { readonly kind: 'answer'; readonly answer: unknown }
  /** What {@link HubError} says. */
  | { readonly kind: 'failed'; readonly code: HubErrorCode; readonly message: string }

/** What answers, or why nothing can. */
export type Ready =
  | { readonly ok: true; readonly answer: (question: unknown) => unknown }
  | { readonly ok: false; readonly why: string }

/**
 * Answers each question that the thread is asked. A {@link HubError} is told; anything else that is thrown ends the
 * thread, and its end is the answer.
 *
 * @param load - Is given what the thread was started with.
 */
export function answerQuestions(load: (thread: ThreadData) => Ready): void {
  const say = (said: Said): void => parentPort?.postMessage(said, [])
  const ready = load(workerData as ThreadData)
  if (!ready.ok) {
    say({ kind: 'unusable', why: ready.why })
    return
  }
  const answer = async (question: unknown): Promise<Said> => {
    try {
      return { kind: 'answer', answer: await ready.answer(question) }
    } catch (error) {
      if (!(error instanceof HubError)) throw error
      return { kind: 'failed', code: error.code, message: error.message }
    }
  }
  parentPort?.on('message', (question: unknown) => void answer(question).then(say))
  say({ kind: 'loaded' })
}
