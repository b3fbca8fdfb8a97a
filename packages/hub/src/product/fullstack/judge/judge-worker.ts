import { answerQuestions } from '../../answer-questions.ts'
import { loadSdk } from '../dry-run/load-sdk.ts'
import { createJudge, type JudgeQuestion } from './judge.ts'

/** What the thread is started with. */
export interface JudgeData {
  readonly sdk: string
  /** What earlier threads have proven. */
  readonly proven: readonly Uint8Array[]
}

// The SDK prints several lines with each launch, past every logger: each would go to the other thread, and nowhere.
console.info = () => {}

answerQuestions(({ data, progress }) => {
  const { sdk, proven } = data as JudgeData
  const loaded = loadSdk(sdk)
  if (!loaded.ok) return loaded
  const judge = createJudge(loaded, { proven, progress })
  return { ok: true, answer: (question) => judge(question as JudgeQuestion) }
})
