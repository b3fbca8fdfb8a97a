import { answerQuestions } from '../../answer-questions.ts'
import { readTidy } from '../../judge/read-tidy.ts'
import { declare, type TypesOptions } from '../../types/declare.ts'
import { format } from '../judge/format.ts'
import { keysOf } from './keys.ts'

answerQuestions(() => ({
  ok: true,
  answer(question) {
    const { environment, text } = question as TypesOptions
    return declare(environment, keysOf(readTidy(format, text, 'write types of settings-files')))
  },
}))
