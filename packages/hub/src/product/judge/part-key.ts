import { hash } from 'node:crypto'

/** What stands for texts, in their order. */
export function keyOf(parts: readonly string[]): string {
  return hash('sha256', parts.join('\n'), 'base64')
}

/**
 * What stands for a part of settings-files, by its content. One that is the same object in the next settings-file is the same.
 *
 * @returns Is given parts that are never changed afterwards.
 */
export function createDigests(): (part: unknown) => string {
  const known = new WeakMap<object, string>()
  return (part) => {
    const found = typeof part === 'object' && part !== null ? known.get(part) : undefined
    if (found !== undefined) return found
    const digest = keyOf([JSON.stringify(part) ?? ''])
    if (typeof part === 'object' && part !== null) known.set(part, digest)
    return digest
  }
}
