import type { AnyFile, Format } from '../judge/format.ts'
import { readTidy } from '../judge/read-judged.ts'
import type { Overview, UnitOverview } from '../overview.ts'
import type { SettingsText } from '../settings-text.ts'
import { withoutKeys } from '../without-keys.ts'

/** What is told of all units together has at most so many UTF-16 units: 5,000 campaigns as people make them. */
const MOST_TEXT = 4_000_000

/**
 * Says what is live; the settings-file has been judged before.
 *
 * @param unitsOf - The product's: its units one after the other, so that what is not told costs nothing.
 * @throws HubError `not-possible` where it is of another product.
 */
export function sayOverview<File extends AnyFile>(
  format: Format<File>,
  text: SettingsText,
  unitsOf: (file: File) => Iterable<UnitOverview>,
): Overview {
  const file = readTidy(format, text, 'say what is live')
  const units: UnitOverview[] = []
  const keys = new Set<string>()
  let length = 0
  let untold = 0
  for (const unit of unitsOf(file)) {
    if (keys.has(unit.key)) continue
    keys.add(unit.key)
    length += JSON.stringify(unit).length
    if (length > MOST_TEXT) untold += 1
    else units.push(unit)
  }
  return { units: withoutKeys(units, [file.sdkKey]), untold }
}
