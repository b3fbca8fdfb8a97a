import { sha256Of } from '@vwo-hub/protocol'
import type { AnyFile, Format } from '../judge/format.ts'
import { readTidy } from '../judge/read-judged.ts'
import type { Changes } from '../product.ts'
import type { SettingsText } from '../settings-text.ts'
import { withoutKeys } from '../without-keys.ts'

/**
 * Says what one settings-file changes against another; both have been judged before.
 *
 * @throws HubError `not-possible` where one of them is of another product.
 */
export function sayChanges<File extends AnyFile>(
  format: Format<File>,
  { before, after }: { readonly before: SettingsText; readonly after: SettingsText },
): Changes {
  const [previous, next] = [before, after].map((text) =>
    readTidy(format, text, 'compare settings-files'),
  ) as [File, File]
  return {
    ...withoutKeys(format.summarise(previous, next), [previous.sdkKey, next.sdkKey]),
    accountId: String(next.accountId),
    units: format.units(next).length,
    sha256: sha256Of(after),
  }
}
