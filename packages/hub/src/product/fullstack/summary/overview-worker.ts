import { answerQuestions } from '../../answer-questions.ts'
import type { SettingsText } from '../../settings-text.ts'
import { sayOverview } from '../../summary/say-overview.ts'
import { format } from '../judge/format.ts'
import { campaignOverviews } from './campaign-overview.ts'

answerQuestions(() => ({
  ok: true,
  answer: (text) => sayOverview(format, text as SettingsText, campaignOverviews),
}))
