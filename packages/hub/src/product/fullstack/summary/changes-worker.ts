import { sha256Of } from '@vwo-hub/protocol'
import type { SettingsFile } from '@vwo-hub/protocol/fullstack'
import { answerQuestions } from '../../answer-questions.ts'
import type { Changes } from '../../product.ts'
import type { SettingsText } from '../../settings-text.ts'
import { readJudged } from '../judge/read-candidate.ts'
import { tidy } from '../judge/tidy.ts'
import { withoutKeys } from '../without-keys.ts'
import { summariseChange } from './summary.ts'

export interface ChangesQuestion {
  readonly before: SettingsText
  readonly after: SettingsText
}

answerQuestions(() => ({
  ok: true,
  answer: (question): Changes => {
    const { before, after } = question as ChangesQuestion
    const [previous, next] = [before, after].map((text) => tidy(readJudged(text) as SettingsFile))
    if (next === undefined) throw new Error('expected two texts')
    const { accountId, campaigns } = next
    return {
      ...withoutKeys(summariseChange(previous, next), [previous?.sdkKey, next.sdkKey]),
      accountId: String(accountId),
      units: campaigns.length,
      sha256: sha256Of(after),
    }
  },
}))
