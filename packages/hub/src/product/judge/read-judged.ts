import { HubError } from '../../errors.ts'
import type { SettingsText } from '../settings-text.ts'
import type { AnyFile, Format } from './format.ts'

/** A settings-file that has been judged before. */
export function readJudged<File extends AnyFile>(
  { normalise }: Pick<Format<File>, 'normalise'>,
  text: SettingsText,
): File {
  const value = JSON.parse(new TextDecoder().decode(text)) as File
  normalise(value)
  return value
}

/**
 * The same, with everything in its place.
 *
 * @param what - What is done with it, for messages: `compare settings-files`.
 * @throws {@link HubError} `not-possible` where it is of another product: an environment may have changed it.
 */
export function readTidy<File extends AnyFile>(format: Format<File>, text: SettingsText, what: string): File {
  const file = readJudged<File>(format, text)
  const product = Array.isArray((file as { readonly features?: unknown }).features) ? 'fme' : 'fullstack'
  if (product === format.product) return format.tidy(file)
  throw new HubError(
    'not-possible',
    `Cannot ${what}: expected them of product "${format.product}", got one of "${product}".`,
  )
}
