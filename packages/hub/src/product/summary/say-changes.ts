import { sha256Of } from '@vwo-hub/protocol'
import { HubError } from '../../errors.ts'
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

/**
 * Says what one settings-file changes against another; both have been judged before.
 *
 * @throws {@link HubError} `not-possible` where one of them is of another product: an environment may have changed it.
 */
export function sayChanges<File extends AnyFile>(
  format: Pick<Format<File>, 'product' | 'normalise' | 'tidy' | 'summarise' | 'unitsOf'>,
  { before, after }: ChangesQuestion,
): Changes {
  const read = (text: SettingsText): File => {
    const file = readJudged(text, format.normalise) as File
    const product = Array.isArray((file as { readonly features?: unknown }).features) ? 'fme' : 'fullstack'
    if (product === format.product) return format.tidy(file)
    throw new HubError(
      'not-possible',
      `Cannot compare settings-files: expected both of product "${format.product}", got one of "${product}".`,
    )
  }
  const [previous, next] = [read(before), read(after)]
  return {
    ...withoutKeys(format.summarise(previous, next), [previous.sdkKey, next.sdkKey]),
    accountId: String(next.accountId),
    units: format.unitsOf(next),
    sha256: sha256Of(after),
  }
}
