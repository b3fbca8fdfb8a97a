/**
 * How names, values and numbers read in a sentence. What VWO sends may be hostile: nothing breaks out of a line.
 *
 * @module
 */
import { plainText } from './plain-text.ts'

const MAX_NAME_LENGTH = 60
const MAX_VALUE_LENGTH = 60

/** A name as people know it; quoted where it could be taken for a part of the sentence. */
export function nameOf(name: string): string {
  const text = plainText(name, MAX_NAME_LENGTH)
  return /^[\p{L}\p{N}][\p{L}\p{N} ._/-]*$/u.test(text) ? text : `"${text.replaceAll('"', "'")}"`
}

export function valueOf(value: unknown): string {
  if (value === undefined) return 'nothing'
  try {
    return plainText(JSON.stringify(value) ?? typeof value, MAX_VALUE_LENGTH)
  } catch {
    return 'a value that is nested too deeply'
  }
}

/** `1 campaign`, `12 campaigns`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
