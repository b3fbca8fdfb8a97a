import { answerQuestions } from '../inside-thread.ts'
import type { AnyFile, Format } from '../judge/format.ts'
import { readTidy } from '../judge/read-judged.ts'
import { withoutUnit } from '../judge/without-unit.ts'
import type { UnitOverview } from '../overview.ts'
import type { SettingsText } from '../settings-text.ts'
import { type Declared, declare, type TypesOptions } from '../types/declare.ts'
import { sayChanges } from './say-changes.ts'
import { sayOverview } from './say-overview.ts'

/** What is asked of settings-files for which no SDK is needed. */
export type WordsQuestion =
  | { readonly of: 'changes'; readonly before: SettingsText; readonly after: SettingsText }
  | { readonly of: 'overview'; readonly text: SettingsText }
  /** The settings-file without the unit of that key. */
  | { readonly of: 'without'; readonly text: SettingsText; readonly key: string }
  | ({ readonly of: 'types' } & TypesOptions)

/** The thread that puts settings-files into words or types, and takes something out of them. */
export function answerInWords<File extends AnyFile>(
  format: Format<File>,
  overviewsOf: (file: File) => Iterable<UnitOverview>,
  keysOf: (file: File) => ReadonlyMap<string, Declared>,
): void {
  answerQuestions(() => ({
    ok: true,
    answer(asked) {
      const question = asked as WordsQuestion
      switch (question.of) {
        case 'changes':
          return sayChanges(format, question)
        case 'overview':
          return sayOverview(format, question.text, overviewsOf)
        case 'without':
          return withoutUnit(format, question)
        case 'types':
          return declare(
            question.environment,
            keysOf(readTidy(format, question.text, 'write types of settings-files')),
          )
      }
    },
  }))
}
