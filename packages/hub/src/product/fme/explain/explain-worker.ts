import { answerQuestions } from '../../answer-questions.ts'
import type { ExplainQuestion } from '../../explanation.ts'
import { loadSdk } from '../dry-run/load-sdk.ts'
import { createStart } from '../dry-run/start-client.ts'
import { explainOne } from './explain-one.ts'

answerQuestions(({ data }) => {
  const loaded = loadSdk(data as string)
  if (!loaded.ok) return loaded
  const start = createStart(loaded.sdk)
  return { ok: true, answer: (question) => explainOne(start, question as ExplainQuestion) }
})
