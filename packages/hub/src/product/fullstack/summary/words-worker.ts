import { answerInWords } from '../../summary/answer-in-words.ts'
import { format } from '../judge/format.ts'
import { keysOf } from '../types/keys.ts'
import { campaignOverviews } from './campaign-overview.ts'

answerInWords(format, campaignOverviews, keysOf)
