import { nearestOf } from '@vwo-hub/protocol'
import { HubError } from '../../errors.ts'
import { parseJson } from '../../untrusted/json.ts'
import { nameOf } from '../../text/words.ts'
import type { SettingsText } from '../settings-text.ts'
import type { AnyFile, Format } from './format.ts'

/**
 * Takes the units of a key out of a settings-file that has been judged before. Everything else of it stays as VWO has sent it.
 *
 * @throws {@link HubError} `not-found` where there is none.
 */
export function withoutUnit<File extends AnyFile>(
  { without, running }: Pick<Format<File>, 'without' | 'running'>,
  { text, key }: { readonly text: SettingsText; readonly key: string },
): SettingsText {
  const json = parseJson(Buffer.from(text).toString())
  if (!json.ok) throw new HubError('not-possible', 'What is published is no JSON.')
  const file = json.value as Readonly<Record<string, unknown>>
  const keys = running(file as unknown as File)
  if (!keys.has(key)) {
    const nearest = nearestOf(key, keys)
    const hint = nearest === undefined ? '' : ` Did you mean ${nameOf(nearest)}?`
    throw new HubError('not-found', `Cannot stop ${nameOf(key)}: nothing of that key runs.${hint}`)
  }
  return Buffer.from(JSON.stringify(without(file, key)))
}
