import { answerQuestions } from '../../answer-questions.ts'
import { type ChangesQuestion, sayChanges } from '../../summary/say-changes.ts'
import { format } from '../judge/format.ts'

answerQuestions(() => ({ ok: true, answer: (question) => sayChanges(format, question as ChangesQuestion) }))
