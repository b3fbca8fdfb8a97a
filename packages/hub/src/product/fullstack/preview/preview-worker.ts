import { answerQuestions } from '../../answer-questions.ts'
import { previewMoves, type PreviewQuestion } from './preview-moves.ts'

answerQuestions(() => ({ ok: true, answer: (question) => previewMoves(question as PreviewQuestion) }))
