/**
 * What the options of an SDK must be, which drops them, or ends the process, without a word where they are not.
 *
 * @module
 */
import { nearestOf } from '@vwo-hub/protocol'

/** What an option must be, in words, and whether it is. */
export type Expectation = readonly [expected: string, isRight: (value: unknown) => boolean]

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
export const isFunction = (value: unknown): boolean => typeof value === 'function'
export const isOptional = (isRight: (value: unknown) => boolean) => (value: unknown) =>
  value === undefined || isRight(value)
export const isBoolean = isOptional((value) => typeof value === 'boolean')
export const isStorage = (value: unknown): boolean =>
  isObject(value) && isFunction(value.get) && isFunction(value.set)
const within = (value: unknown, low: number, high: number): boolean =>
  typeof value === 'number' && value >= low && value <= high

/** The longest that a timer of Node can wait, in seconds; longer ones fire at once. */
const MAX_TIMER_SECONDS = Math.floor((2 ** 31 - 1) / 1000)

/** Of both SDKs, under a name each. */
export const eventBatches: Expectation = [
  `an object with eventsPerRequest (a whole number, 1 to 5000) or requestTimeInterval (seconds, 1 to ${MAX_TIMER_SECONDS}), and perhaps a function flushCallback`,
  isOptional(
    (value) =>
      isObject(value) &&
      (value.eventsPerRequest !== undefined || value.requestTimeInterval !== undefined) &&
      isOptional((count) => Number.isInteger(count) && within(count, 1, 5000))(value.eventsPerRequest) &&
      isOptional((seconds) => within(seconds, 1, MAX_TIMER_SECONDS))(value.requestTimeInterval) &&
      isOptional(isFunction)(value.flushCallback),
  ),
]

export const integrations: Expectation = [
  'an object with a function callback',
  isOptional((value) => isObject(value) && isOptional(isFunction)(value.callback)),
]

/** The options of one SDK. */
export interface KnownOptions<Options extends object> {
  /** What an app calls them: `launch`. */
  readonly name: string
  /** The function of the SDK that takes them. */
  readonly of: string
  readonly expectations: Readonly<Record<keyof Options, Expectation>>
  /** Those that the client takes the place of, and what to do instead. */
  readonly replaced: Readonly<Record<string, string>>
  /** What is wrong with one that is not known. Default: nothing. */
  readonly faultsOfUnknown?: (name: string, value: unknown) => string[]
}

/** Every option that cannot work, a sentence each. */
export function faultsOfOptions<Options extends object>(
  { name: all, of, replaced, expectations, faultsOfUnknown }: KnownOptions<Options>,
  given: unknown,
): string[] {
  if (!isObject(given)) {
    const got = given === null ? 'null' : typeof given
    return [`${all}: expected an object of options of the SDK's ${of}, got ${got}.`]
  }
  return Object.entries(given).flatMap(([name, value]) => {
    if (Object.hasOwn(replaced, name))
      return value === undefined ? [] : [`${all}.${name}: leave it out; ${replaced[name]}.`]
    if (!Object.hasOwn(expectations, name)) return faultsOfUnknown?.(name, value) ?? []
    const [expected, isRight] = expectations[name as keyof Options]
    return isRight(value) ? [] : [`${all}.${name}: expected ${expected}.`]
  })
}

/** Tells of options that are handed on to the SDK as they are: a newer one may know them. */
export function tellUnknown<Options extends object>(
  { name: all, of, replaced, expectations }: KnownOptions<Options>,
  given: Options,
): string | undefined {
  const names = Object.keys(given).filter(
    (name) => !Object.hasOwn(expectations, name) && !Object.hasOwn(replaced, name),
  )
  if (names.length === 0) return undefined
  const told = names.map((name) => {
    const nearest = nearestOf(name, Object.keys(expectations))
    return nearest === undefined ? `${all}.${name}` : `${all}.${name} (${nearest}?)`
  })
  return `Options of ${of} that are not known are handed on to the SDK as they are: ${told.join(', ')}.`
}
