import { answerQuestions } from '../../answer-questions.ts'
import type { PreviewQuestion } from '../../judging.ts'
import { previewMoves } from './preview-moves.ts'

answerQuestions(() => ({ ok: true, answer: (question) => previewMoves(question as PreviewQuestion) }))
