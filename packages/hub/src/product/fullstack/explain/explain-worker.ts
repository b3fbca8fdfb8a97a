import type { ExplainQuestion } from '../../explanation.ts'
import { answerQuestions } from '../../inside-thread.ts'
import { loadSdk } from '../dry-run/load-sdk.ts'
import { decideAndTrace } from './decide-one.ts'
import { explanationOf } from './explanation-of.ts'

answerQuestions(({ data }) => {
  const loaded = loadSdk(data as string)
  if (!loaded.ok) return loaded
  return {
    ok: true,
    answer: (asked) => {
      const question = asked as ExplainQuestion
      return explanationOf(question, decideAndTrace(loaded, question))
    },
  }
})
