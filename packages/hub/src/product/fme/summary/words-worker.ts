import { answerInWords } from '../../summary/answer-in-words.ts'
import { format } from '../judge/format.ts'
import { keysOf } from '../types/keys.ts'
import { featureOverviews } from './feature-overview.ts'

answerInWords(format, featureOverviews, keysOf)
