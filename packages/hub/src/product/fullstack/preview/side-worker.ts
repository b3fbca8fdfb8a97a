import { answerQuestions } from '../../inside-thread.ts'
import { lighten } from '../dry-run/lighten.ts'
import { loadSdk } from '../dry-run/load-sdk.ts'
import type { DecideQuestion } from '../../preview/pick.ts'
import { decideAll } from './decide-all.ts'

answerQuestions(({ data }) => {
  const loaded = loadSdk(data as string)
  if (!loaded.ok) return loaded
  lighten(loaded.inside)
  return { ok: true, answer: (question) => decideAll(loaded.sdk, question as DecideQuestion) }
})
