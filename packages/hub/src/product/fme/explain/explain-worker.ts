import { answerQuestions } from '../../inside-thread.ts'
import type { ExplainQuestion } from '../../explanation.ts'
import { loadSdk } from '../dry-run/load-sdk.ts'
import { explainOne } from './explain-one.ts'

answerQuestions(({ data }) => {
  const loaded = loadSdk(data as string)
  if (!loaded.ok) return loaded
  return { ok: true, answer: (question) => explainOne(loaded.start, question as ExplainQuestion) }
})
