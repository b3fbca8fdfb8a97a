import { answerQuestions } from '../../inside-thread.ts'
import type { DecideQuestion } from '../../preview/pick.ts'
import { loadSdk } from '../dry-run/load-sdk.ts'
import { decideAll } from './decide-all.ts'

answerQuestions(({ data }) => {
  const loaded = loadSdk(data as string)
  if (!loaded.ok) return loaded
  return { ok: true, answer: (question) => decideAll(loaded.start, question as DecideQuestion) }
})
