import { HubError } from '../../errors.ts'
import type { Explanation } from '../explanation.ts'
import type { Preview } from '../preview.ts'
import type { Candidate, Changes, Judging, JudgingLimits, Verdict } from '../product.ts'
import type { SettingsText } from '../settings-text.ts'
import { askOnce, createStandingThread, type Outcome, workerBeside } from '../thread.ts'
import { syntheticUsers } from '../users.ts'
import type { JudgeAnswer, JudgeQuestion } from './judge/judge.ts'
import type { JudgeData } from './judge/judge-worker.ts'
import type { PreviewQuestion } from './preview/preview-moves.ts'
import type { ChangesQuestion } from './summary/changes-worker.ts'

/** How often the progress of a preview is told, in milliseconds. */
const TELL_MS = 100
/** Limit for saying what changes, in milliseconds. */
const CHANGES_TIMEOUT_MS = 30_000
/** What threads have proven is kept for the next one up to so many bytes: 50,000 campaigns. */
const PROVEN_BYTES = 5_000_000

/** @param sdk - As `require` takes it. */
export function openJudging(
  sdkName: string,
  {
    maxBytes = 16_777_216,
    timeoutMs = 5000,
    memoryMb = 512,
    sdk = sdkName,
    isStrict = false,
  }: JudgingLimits = {},
): Judging {
  let proven: Uint8Array[] = []
  const thread = createStandingThread(() => ({
    worker: workerBeside(import.meta.url, 'judge/judge-worker'),
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
        return { ok: false, why: `${placeOf(outcome.reached)}: the dry run ${outcome.why}` }
      case 'timeout':
        return {
          ok: false,
          why: `${placeOf(outcome.reached)}: the dry run was not done after ${limitMs} ms; a regular expression in segments that backtracks without end is the usual reason`,
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
        worker: workerBeside(import.meta.url, 'summary/changes-worker'),
        memoryMb,
        question: { before: sharedBytes(before), after: sharedBytes(after) } satisfies ChangesQuestion,
        what: 'say what one settings-file changes against another',
        timeoutMs: CHANGES_TIMEOUT_MS,
      })
    },

    async preview({ onProgress, signal, users = syntheticUsers(), timeoutMs: limitMs = 30_000, ...asked }) {
      const progress = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT))
      const telling = setInterval(
        () => onProgress?.(Atomics.load(progress, 0) / Math.max(1, Atomics.load(progress, 1))),
        TELL_MS,
      )
      try {
        return await askOnce<Preview>({
          worker: workerBeside(import.meta.url, 'preview/preview-worker'),
          memoryMb,
          question: {
            environment: asked.environment,
            previous: sharedBytes(asked.previous),
            next: sharedBytes(asked.next),
            users,
            timeoutMs: limitMs,
            progress,
            sdk,
            memoryMb,
          } satisfies PreviewQuestion,
          what: `preview settings of "${asked.environment}"`,
          timeoutMs: limitMs,
          signal,
        })
      } finally {
        clearInterval(telling)
      }
    },

    async explain({ environment, timeoutMs: limitMs = 10_000, ...question }) {
      return await askOnce<Explanation>({
        worker: workerBeside(import.meta.url, 'explain/explain-worker'),
        data: sdk,
        memoryMb,
        question: { ...question, text: sharedBytes(question.text) },
        what: `explain a decision of "${environment}"`,
        timeoutMs: limitMs,
      })
    },

    close: thread.close,
  }
}

/** @param step - 0 while the file is read and the SDK launches, then one more than the place of the campaign. */
function placeOf(step: number): string {
  return step === 0 ? 'the file' : `campaigns[${step - 1}]`
}

/** In memory that threads share: copied once, and still there when a thread is not. */
function sharedBytes(text: SettingsText): SettingsText {
  const shared = new Uint8Array(new SharedArrayBuffer(text.length))
  shared.set(text)
  return shared
}
