import { answerQuestions } from '../../inside-thread.ts'
import { createJudge, type JudgeQuestion } from '../../judge/judge.ts'
import { createProven } from '../../judge/proven.ts'
import type { JudgeData } from '../../judging.ts'
import { loadSdk } from '../dry-run/load-sdk.ts'
import { createExamine } from './examine.ts'
import { format } from './format.ts'

// The SDK prints several lines with each launch, past every logger: each would go to the other thread, and nowhere.
console.info = () => {}

answerQuestions(({ data, progress }) => {
  const { sdk, proven: known } = data as JudgeData
  const loaded = loadSdk(sdk)
  if (!loaded.ok) return loaded
  const proven = createProven(known)
  const judge = createJudge({
    format,
    examine: createExamine(loaded, { proven, progress }),
    proven,
    progress,
  })
  return { ok: true, answer: (question) => judge(question as JudgeQuestion) }
})
