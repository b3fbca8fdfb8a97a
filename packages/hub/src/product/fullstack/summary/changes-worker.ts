import { answerChanges } from '../../summary/answer-changes.ts'
import { format } from '../judge/format.ts'

answerChanges(format)
