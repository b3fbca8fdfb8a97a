import { answerQuestions } from '../answer-questions.ts'
import type { AnyFile, Format } from '../judge/format.ts'
import { type WithoutQuestion, withoutUnit } from '../judge/without-unit.ts'
import { type ChangesQuestion, sayChanges } from './say-changes.ts'

/** The thread that compares settings-files, and takes something out of them. */
export function answerChanges<File extends AnyFile>(format: Format<File>): void {
  answerQuestions(() => ({
    ok: true,
    answer(asked) {
      const question = asked as ChangesQuestion | WithoutQuestion
      return 'without' in question ? withoutUnit(format, question) : sayChanges(format, question)
    },
  }))
}
