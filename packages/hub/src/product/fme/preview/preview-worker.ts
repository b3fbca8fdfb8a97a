import { HubError } from '../../../errors.ts'
import { answerQuestions } from '../../answer-questions.ts'

answerQuestions(() => ({
  ok: true,
  answer() {
    throw new HubError(
      'not-possible',
      'Cannot preview whom a change moves: expected an environment of FullStack, got one of FME.',
    )
  },
}))
