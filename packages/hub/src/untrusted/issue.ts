import type { z } from 'zod'
import { plainText } from '../text/plain-text.ts'
import { isSecretName } from '../text/redact.ts'

const kinds: Readonly<Record<string, string>> = {
  array: 'an array',
  boolean: 'true or false',
  int: 'an integer',
  number: 'a number',
  object: 'an object',
  record: 'an object',
  string: 'a string',
}

type Issue = z.core.$ZodIssue

/**
 * Says what a schema found, by place and kind; text is never repeated, because what is wrong may be a secret.
 * Parse with `reportInput: true`. A schema's own messages end the sentence "expected …", or begin with that word.
 *
 * @returns Such as `campaigns[3].variations[0]: expected an object, got null`.
 */
export function explainIssue(issue: Issue): string {
  const { path, input, expected } = expectationOf(issue)
  if (issue.code === 'unrecognized_keys') return `${placeOf(path)}: there is no such name`
  return explainFault({ path, expected, got: input })
}

/** Says what was expected and what there is instead; of text only that it is one. */
export function explainFault({
  path,
  expected,
  got,
}: {
  readonly path: readonly PropertyKey[]
  readonly expected: string
  readonly got: unknown
}): string {
  const isTold = typeof got === 'number' && !path.some((step) => isSecretName(String(step)))
  return `${placeOf(path)}: expected ${expected}, got ${isTold ? String(got) : kindOf(got)}`
}

interface Expectation {
  readonly path: readonly PropertyKey[]
  readonly expected: string
  readonly input: unknown
}

function expectationOf(issue: Issue): Expectation {
  const { path, input, message } = issue
  if (issue.code === 'unrecognized_keys') {
    return { path: [...path, issue.keys[0] ?? ''], input: undefined, expected: 'no such name' }
  }
  if (issue.code === 'invalid_type') return { path, input, expected: kinds[issue.expected] ?? issue.expected }
  const alternative = issue.code === 'invalid_union' ? issue.errors[0]?.[0] : undefined
  if (alternative !== undefined && message.startsWith('Invalid')) {
    // Without a message of its own a union is as good as its first alternative.
    const inner = expectationOf(alternative)
    return { ...inner, path: [...path, ...inner.path] }
  }
  return { path, input, expected: plainText(message.replace(/^expected /, ''), 200) }
}

/** `campaigns[3].segments["or"]`; what stands for the whole is `the file`. */
export function placeOf(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'the file'
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : nameStep(String(step))))
    .join('')
    .replace(/^\./, '')
}

function nameStep(name: string): string {
  return /^[a-z_$][\w$-]{0,59}$/i.test(name) ? `.${name}` : `[${JSON.stringify(plainText(name, 60))}]`
}

/** What kind of JSON a value is. */
export function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : 'an array'
  if (typeof value === 'string') return value === '' ? 'an empty string' : 'a string'
  if (typeof value === 'number') return 'a number'
  if (typeof value === 'object') return Object.keys(value).length === 0 ? 'an empty object' : 'an object'
  return value === true ? 'true' : 'false'
}
