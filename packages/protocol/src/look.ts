/**
 * Looks at what others have written, one kind of value at a time: for schemas of settings-files, without a library, because a
 * client is part of every process of an app.
 *
 * Only the first fault is looked for, so that a file which consists of nothing else costs no more than another.
 *
 * @module
 */

/** One thing that is not as it has to be. */
export interface SettingsFault {
  /** Where, from the root: `['campaigns', 3, 'key']`. */
  readonly path: readonly (string | number)[]
  /** Ends the sentence "expected …". */
  readonly expected: string
  readonly got: unknown
}

/** Finds the first fault of a value, with its path from there; paths are built on the way back. */
export type Look = (value: unknown) => Found | undefined

export interface Found extends SettingsFault {
  readonly path: (string | number)[]
}

export const fault = (expected: string, got: unknown): Found => ({ path: [], expected, got })

export function within(found: Found, step: string | number): Found {
  found.path.unshift(step)
  return found
}

export const kind =
  (expected: string, isRight: (value: unknown) => boolean): Look =>
  (got) =>
    isRight(got) ? undefined : fault(expected, got)

export const text = kind('a string', (value) => typeof value === 'string')
export const number = kind('a number', (value) => typeof value === 'number')
export const flag = kind('true or false', (value) => typeof value === 'boolean')
export const id = kind(
  'a number or a string',
  (value) => typeof value === 'number' || typeof value === 'string',
)
export const weight = kind('a number, or a string with one in it', (value) =>
  typeof value === 'string' ? isNumeral(value) : typeof value === 'number',
)
export const anything: Look = () => undefined
export const record = kind('an object', (value) => isRecord(value) || isEmptyArray(value))
export const optional =
  (look: Look): Look =>
  (value) =>
    value === undefined ? undefined : look(value)

export const nullish =
  (look: Look): Look =>
  (value) =>
    value === undefined || value === null ? undefined : look(value)

export const object = (fields: Readonly<Record<string, Look>>): Look => {
  const looks = Object.entries(fields)
  return (value) => {
    if (!isRecord(value)) return fault('an object', value)
    for (const [name, look] of looks) {
      const found = look(value[name])
      if (found !== undefined) return within(found, name)
    }
    return undefined
  }
}

/** A list that VWO's PHP side may send as `{}` when it is empty. Any other object stays a fault. */
export const list =
  (item: Look): Look =>
  (value) => {
    if (!Array.isArray(value)) return isEmptyObject(value) ? undefined : fault('an array', value)
    for (const [index, each] of value.entries()) {
      const found = item(each)
      if (found !== undefined) return within(found, index)
    }
    return undefined
  }

export const map =
  (item: Look): Look =>
  (value) => {
    if (!isRecord(value)) return isEmptyArray(value) ? undefined : fault('an object', value)
    for (const name of Object.keys(value)) {
      const found = item(value[name])
      if (found !== undefined) return within(found, name)
    }
    return undefined
  }

/** The longest text that is looked at for a number in it. */
const LONGEST_NUMERAL = 50

function isNumeral(value: string): boolean {
  return value.length <= LONGEST_NUMERAL && /^\s*[-+]?(?:\d+\.?\d*|\.\d+)\s*$/.test(value)
}

/** An empty list may still be `{}`. */
export function asList<T>(value: readonly T[] | undefined): readonly T[] {
  return Array.isArray(value) ? value : []
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function ownValue<T>(
  values: Readonly<Record<string, T>> | readonly unknown[],
  key: string,
): T | undefined {
  return Object.hasOwn(values, key) ? (values as Readonly<Record<string, T>>)[key] : undefined
}

export function isEmptyObject(value: unknown): boolean {
  return isRecord(value) && Object.keys(value).length === 0
}

export function isEmptyArray(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0
}
