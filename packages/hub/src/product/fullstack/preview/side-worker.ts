import { answerQuestions } from '../../answer-questions.ts'
import { loadSdk } from '../dry-run/load-sdk.ts'
import type { DecideQuestion } from '../../preview/pick.ts'
import { decideAll } from './decide-all.ts'

answerQuestions(({ data }) => {
  const loaded = loadSdk(data as string)
  if (!loaded.ok) return loaded
  // Half the time of a decision goes into messages for a log that nobody reads here.
  const messages = loaded.inside('utils/LogMessageUtil') as {
    build: (template: string, data: object) => string
  }
  messages.build = () => ''
  return { ok: true, answer: (question) => decideAll(loaded.sdk, question as DecideQuestion) }
})
