import { HubError } from '../errors.ts'
import type { Explanation } from './explanation.ts'
import type { Overview } from './overview.ts'
import type { Preview, PreviewOptions } from './preview/preview.ts'
import type { Candidate, Changes, Judging, JudgingLimits, Verdict } from './product.ts'
import type { SettingsText } from './settings-text.ts'
import type { WordsQuestion } from './summary/answer-in-words.ts'
import { answerOf, askOnce, createStandingThread, type Outcome, workerBeside } from './thread.ts'
import { DEFAULT_USERS, syntheticUsers } from './users.ts'
import type { JudgeAnswer, JudgeQuestion } from './judge/judge.ts'
import type { User } from './users.ts'

/** How often the progress of a preview is told, in milliseconds. */
const TELL_MS = 100
/** Limit for saying what changes or what is live, and for writing types, in milliseconds. */
const WORDS_TIMEOUT_MS = 30_000
/** How long the thread of words is kept for somebody's next look, in milliseconds. */
const WORDS_IDLE_MS = 10_000
/** What threads have proven is kept for the next one up to so many bytes: 50,000 campaigns. */
const PROVEN_BYTES = 5_000_000

/** What is known of a product's settings-files is known in threads of its own. */
export interface Judges {
  /** The module of the product: its threads are in folders beside it. */
  readonly at: string
  /** The SDK, as `require` takes it. */
  readonly sdk: string
  /** The list that the judge goes through, as a file has it. */
  readonly list: 'campaigns' | 'features'
  /** Limit for judging one, in milliseconds, and as much again for each megabyte. @default 5000 */
  readonly timeoutMs?: number
  /** What a decision costs against one of FullStack: so many times fewer synthetic users are decided for. @default 1 */
  readonly decisionCost?: number
}

/** What the thread that judges is started with. */
export interface JudgeData {
  readonly sdk: string
  /** What earlier threads have proven. */
  readonly proven: readonly Uint8Array[]
}

/** What the thread of a preview is asked. */
export interface PreviewQuestion extends Pick<PreviewOptions, 'previous' | 'next' | 'environment'> {
  readonly users: readonly User[]
  /** Limit for everything, in milliseconds. */
  readonly timeoutMs: number
  /** Decisions that have been made, and how many there will be. */
  readonly progress: Int32Array
  /** The SDK, and the limit for the heap of each side. */
  readonly sdk: string
  readonly memoryMb: number
}

export function openJudging(
  { at, sdk: sdkName, list, timeoutMs: ownTimeoutMs = 5000, decisionCost = 1 }: Judges,
  {
    maxBytes = 16_777_216,
    timeoutMs = ownTimeoutMs,
    memoryMb = 512,
    sdk = sdkName,
    isStrict = false,
  }: JudgingLimits = {},
): Judging {
  let proven: Uint8Array[] = []
  const thread = createStandingThread(() => ({
    worker: workerBeside(at, 'judge/judge-worker'),
    data: { sdk, proven } satisfies JudgeData,
    memoryMb,
  }))
  // Not the one that judges: nothing that is published waits for somebody who looks.
  const words = createStandingThread(
    () => ({ worker: workerBeside(at, 'summary/words-worker'), memoryMb }),
    WORDS_IDLE_MS,
  )

  function remember(more: Uint8Array): void {
    if (more.length === 0) return
    const total = proven.reduce((sum, { length }) => sum + length, more.length)
    proven = total > PROVEN_BYTES ? [more] : [...proven, more]
  }

  async function judge({ body, owner = {}, previous, signal }: Candidate): Promise<Verdict> {
    const sent = typeof body === 'string' ? Buffer.from(body) : body
    const shared = sharedBytes(sent)
    const limitMs = Math.ceil(timeoutMs * (1 + shared.length / 1e6))
    const ask = (before: JudgeQuestion['previous']): Promise<Outcome<JudgeAnswer>> => {
      const question: JudgeQuestion = { body: shared, maxBytes, owner, isStrict, previous: before }
      return thread.ask<JudgeAnswer>(question, limitMs, signal)
    }
    const known = previous && { sha256: previous.sha256, warnings: previous.warnings }
    let outcome = await ask(known)
    if (outcome.kind === 'answer' && outcome.answer.ok === 'previous')
      outcome = await ask(known && { ...known, text: sharedBytes(previous.text) })
    switch (outcome.kind) {
      case 'unusable':
        throw new HubError(
          'config-invalid',
          `Cannot check settings: ${outcome.why}. Nothing is published until that is repaired.`,
        )
      case 'ended':
        return { ok: false, why: `${placeOf(list, outcome.reached)}: the dry run ${outcome.why}` }
      case 'timeout':
        return {
          ok: false,
          why: `${placeOf(list, outcome.reached)}: the dry run was not done after ${limitMs} ms; a regular expression in segments that backtracks without end is the usual reason`,
        }
      case 'answer': {
        const { answer } = outcome
        if (answer.ok === 'previous') throw new Error('The thread asks for what it was given.')
        if (!answer.ok) return answer
        const { proven: more, ...accepted } = answer
        remember(more)
        return { ...accepted, text: sent.subarray(sent.length - accepted.bytes) }
      }
    }
  }

  async function inWords<Answer>(what: string, question: WordsQuestion): Promise<Answer> {
    const outcome = await words.ask<Answer>(question, WORDS_TIMEOUT_MS)
    return answerOf(outcome, { what, timeoutMs: WORDS_TIMEOUT_MS })
  }

  return {
    start: thread.start,
    judge,

    async changes(before, after) {
      return await inWords<Changes>('say what one settings-file changes against another', {
        of: 'changes',
        before: sharedBytes(before),
        after: sharedBytes(after),
      })
    },

    async overview(text) {
      return await inWords<Overview>('say what is live', { of: 'overview', text: sharedBytes(text) })
    },

    async without(text, key) {
      return await inWords<SettingsText>('take something out of a settings-file', {
        of: 'without',
        text: sharedBytes(text),
        key,
      })
    },

    async preview({ onProgress, signal, users = DEFAULT_USERS, timeoutMs: limitMs = 30_000, ...asked }) {
      const progress = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT))
      const telling = setInterval(
        () => onProgress?.(Atomics.load(progress, 0) / Math.max(1, Atomics.load(progress, 1))),
        TELL_MS,
      )
      try {
        const preview = await askOnce<Omit<Preview, 'noun'>>({
          worker: workerBeside(at, 'preview/preview-worker'),
          memoryMb,
          question: {
            environment: asked.environment,
            previous: sharedBytes(asked.previous),
            next: sharedBytes(asked.next),
            users: typeof users === 'number' ? syntheticUsers(Math.ceil(users / decisionCost)) : users,
            timeoutMs: limitMs,
            progress,
            sdk,
            memoryMb,
          } satisfies PreviewQuestion,
          what: `preview settings of "${asked.environment}"`,
          timeoutMs: limitMs,
          signal,
        })
        return { noun: list.slice(0, -1), ...preview }
      } finally {
        clearInterval(telling)
      }
    },

    async explain({ environment, timeoutMs: limitMs = 10_000, ...question }) {
      return await askOnce<Explanation>({
        worker: workerBeside(at, 'explain/explain-worker'),
        data: sdk,
        memoryMb,
        question: { ...question, text: sharedBytes(question.text) },
        what: `explain a decision of "${environment}"`,
        timeoutMs: limitMs,
      })
    },

    async types({ environment, text }) {
      const question = { of: 'types', environment, text: sharedBytes(text) } as const
      return await inWords<string>(`write types of "${environment}"`, question)
    },

    async close() {
      await Promise.all([thread.close(), words.close()])
    },
  }
}

/** @param step - 0 while the file is read and the SDK launches, then one more than the place in the list. */
function placeOf(list: Judges['list'], step: number): string {
  return step === 0 ? 'the file' : `${list}[${step - 1}]`
}

/** In memory that threads share: copied once, and still there when a thread is not. */
function sharedBytes(text: SettingsText): SettingsText {
  const shared = new Uint8Array(new SharedArrayBuffer(text.length))
  shared.set(text)
  return shared
}
