import { answerQuestions } from '../../answer-questions.ts'
import type { DecideQuestion } from '../../preview/pick.ts'
import { loadSdk } from '../dry-run/load-sdk.ts'
import { createStart } from '../dry-run/start-client.ts'
import { decideAll } from './decide-all.ts'

answerQuestions(({ data }) => {
  const loaded = loadSdk(data as string)
  if (!loaded.ok) return loaded
  const start = createStart(loaded.sdk)
  return { ok: true, answer: (question) => decideAll(start, question as DecideQuestion) }
})
