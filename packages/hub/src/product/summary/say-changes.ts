import { sha256Of } from '@vwo-hub/protocol'
import type { AnyFile, Format } from '../judge/format.ts'
import { readJudged } from '../judge/read-candidate.ts'
import type { Changes } from '../product.ts'
import type { SettingsText } from '../settings-text.ts'
import { withoutKeys } from '../without-keys.ts'

/** What a thread is asked that says what changes. */
export interface ChangesQuestion {
  readonly before: SettingsText
  readonly after: SettingsText
}

/** Says what one settings-file changes against another; both have been judged before. */
export function sayChanges<File extends AnyFile>(
  format: Pick<Format<File>, 'normalise' | 'tidy' | 'summarise' | 'unitsOf'>,
  { before, after }: ChangesQuestion,
): Changes {
  const read = (text: SettingsText): File => format.tidy(readJudged(text, format.normalise) as File)
  const [previous, next] = [read(before), read(after)]
  return {
    ...withoutKeys(format.summarise(previous, next), [previous.sdkKey, next.sdkKey]),
    accountId: String(next.accountId),
    units: format.unitsOf(next),
    sha256: sha256Of(after),
  }
}
