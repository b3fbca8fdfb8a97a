import { HubError } from '../errors.ts'
import type { Explanation } from './explanation.ts'
import type { Overview } from './overview.ts'
import type { Preview, PreviewOptions } from './preview/preview.ts'
import type { Candidate, Changes, Judging, JudgingLimits, Verdict } from './product.ts'
import type { SettingsText } from './settings-text.ts'
import type { ChangesQuestion } from './summary/say-changes.ts'
import { askOnce, createStandingThread, type Outcome } from './thread.ts'
import type { TypesOptions } from './types/declare.ts'
import { DEFAULT_USERS, syntheticUsers } from './users.ts'
import type { JudgeAnswer, JudgeQuestion } from './judge/judge.ts'
import type { WithoutQuestion } from './judge/without-unit.ts'
import type { User } from './users.ts'

/** How often the progress of a preview is told, in milliseconds. */
const TELL_MS = 100
/** Limit for saying what changes or what is live, and for writing types, in milliseconds. */
const WORDS_TIMEOUT_MS = 30_000
/** What threads have proven is kept for the next one up to so many bytes: 50,000 campaigns. */
const PROVEN_BYTES = 5_000_000

/** What is known of a product's settings-files is known in threads of its own. */
export interface Judges {
  /** The SDK, as `require` takes it. */
  readonly sdk: string
  /** The list that the judge goes through, as a file has it. */
  readonly list: 'campaigns' | 'features'
  /** Limit for judging one, in milliseconds, and as much again for each megabyte. @default 5000 */
  readonly timeoutMs?: number
  /** What a decision costs against one of FullStack: so many times fewer synthetic users are decided for. @default 1 */
  readonly decisionCost?: number
  readonly workers: Readonly<Record<'judge' | 'changes' | 'overview' | 'types' | 'preview' | 'explain', URL>>
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
  { sdk: sdkName, list, workers, timeoutMs: ownTimeoutMs = 5000, decisionCost = 1 }: Judges,
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
    worker: workers.judge,
    data: { sdk, proven } satisfies JudgeData,
    memoryMb,
  }))

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

  return {
    start: thread.start,
    judge,

    async changes(before, after) {
      return await askOnce<Changes>({
        worker: workers.changes,
        memoryMb,
        question: { before: sharedBytes(before), after: sharedBytes(after) } satisfies ChangesQuestion,
        what: 'say what one settings-file changes against another',
        timeoutMs: WORDS_TIMEOUT_MS,
      })
    },

    async overview(text) {
      return await askOnce<Overview>({
        worker: workers.overview,
        memoryMb,
        question: sharedBytes(text),
        what: 'say what is live',
        timeoutMs: WORDS_TIMEOUT_MS,
      })
    },

    async without(text, key) {
      return await askOnce<SettingsText>({
        worker: workers.changes,
        memoryMb,
        question: { text: sharedBytes(text), without: key } satisfies WithoutQuestion,
        what: 'take something out of a settings-file',
        timeoutMs: WORDS_TIMEOUT_MS,
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
          worker: workers.preview,
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
        worker: workers.explain,
        data: sdk,
        memoryMb,
        question: { ...question, text: sharedBytes(question.text) },
        what: `explain a decision of "${environment}"`,
        timeoutMs: limitMs,
      })
    },

    async types({ environment, text }) {
      return await askOnce<string>({
        worker: workers.types,
        memoryMb,
        question: { environment, text: sharedBytes(text) } satisfies TypesOptions,
        what: `write types of "${environment}"`,
        timeoutMs: WORDS_TIMEOUT_MS,
      })
    },

    close: thread.close,
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
