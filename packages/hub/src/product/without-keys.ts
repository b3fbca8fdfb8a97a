/** What stands in place of a sdkKey. */
const HIDDEN = '[redacted]'

/**
 * What is said of settings-files, without their sdkKeys: VWO may repeat them as the name of something.
 *
 * @param words - Plain data. Lists, objects and texts are looked through.
 * @param keys - Whatever is none, such as what a file has in place of one, is passed over.
 */
export function withoutKeys<Words>(words: Words, keys: readonly unknown[]): Words {
  const secrets = keys.filter((key): key is string => typeof key === 'string' && key.length >= 4)
  if (secrets.length === 0) return words
  const clean = (value: unknown): unknown => {
    if (typeof value === 'string')
      return secrets.reduce((text, secret) => text.replaceAll(secret, HIDDEN), value)
    if (Array.isArray(value)) return value.map(clean)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, clean(inner)]))
  }
  return clean(words) as Words
}
