import type { TrackOptions } from './vwo-methods.ts'

type Name = keyof TrackOptions
/** Told the name of what is left out, and why. */
type LeftOut = (name: string, error: unknown) => void

/** How the SDK writes each option into events and into its log; the answer is what it is given. */
const writes: { readonly [Each in Name]?: (value: unknown, onLeftOut: LeftOut) => unknown } = {
  customVariables: (value, onLeftOut) => writable(value, onLeftOut, textOfBigInt),
  variationTargetingVariables: (value, onLeftOut) => writable(value, onLeftOut, textOfBigInt),
  eventProperties: (value, onLeftOut) => writable(value, onLeftOut),
  revenueValue: asJson,
  userAgent: encodable,
  userIpAddress: encodable,
}

/** What the SDK reads of the options. An object of a class may inherit it, or have it by accessors. */
const READ = [
  ...Object.keys(writes),
  ...(['userStorageData', 'shouldTrackReturningUser', 'metaData', 'goalTypeToTrack'] satisfies Name[]),
]

/**
 * The options of a call for the SDK, which writes into them: a copy without what it cannot write, such as a BigInt or an object
 * that contains itself. It tries to in promises that nobody hears: the rejection would end the process, or leave the call
 * without an answer.
 *
 * @returns What was given, where that is no object of options; the SDK refuses it.
 * @see vwo-node-sdk 1.73.0 `lib/utils/EventDispatcherUtil.js` `dispatchPostCall`, `lib/utils/DecisionUtil.js`
 */
export function ownCallOptions<Options>(options: Options, onLeftOut: LeftOut): Options {
  if (!isOptions(options)) return options
  const kept = namesIn(options, onLeftOut).flatMap((name) => {
    try {
      const value = options[name]
      const isAbsent = value === undefined || value === null
      const write = isAbsent ? undefined : writes[name as Name]
      const own = write?.(value, (inside, error) => onLeftOut(`${name}.${inside}`, error)) ?? value
      return [[name, own]]
    } catch (error) {
      onLeftOut(name, error)
      return []
    }
  })
  return Object.fromEntries(kept) as Options
}

/** Whether the SDK takes it for options. @see vwo-node-sdk 1.73.0 `lib/utils/DataTypeUtil.js` `isObject` */
const isOptions = (options: unknown): options is Record<string, unknown> =>
  Object.prototype.toString.call(options) === '[object Object]'

function namesIn(options: object, onLeftOut: LeftOut): readonly string[] {
  try {
    return [...new Set([...Object.keys(options), ...READ.filter((name) => name in options)])]
  } catch (error) {
    onLeftOut('*', error)
    return []
  }
}

/** The value itself. @throws Where JSON cannot write it. */
function asJson(value: unknown): unknown {
  JSON.stringify(value)
  return value
}

/** The value itself. @throws Where it cannot be a part of a URL, or a header. */
function encodable(value: unknown): unknown {
  const isText = Object.prototype.toString.call(value) === '[object String]'
  // Several addresses, or a number, are written as a text of them.
  if (!isText && !Array.isArray(value) && typeof value !== 'number')
    throw new TypeError(`expected a text, got ${typeof value}`)
  encodeURIComponent(String(value))
  return asJson(value)
}

/** Segments are compared with texts. */
const textOfBigInt = (value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value)

/**
 * The object itself, or one with what JSON can write of it. The SDK copies it name by name, so that how the object would write
 * itself is lost.
 *
 * @param own - What is taken in place of a value.
 */
function writable(
  given: unknown,
  onLeftOut: LeftOut,
  own: (value: unknown) => unknown = (value) => value,
): unknown {
  if (!isOptions(given)) return asJson(given)
  const kept: [string, unknown][] = []
  let isWhole = typeof given['toJSON'] !== 'function'
  for (const name in given) {
    try {
      const value = given[name]
      kept.push([name, asJson(own(value))])
      if (own(value) !== value) isWhole = false
    } catch (error) {
      isWhole = false
      onLeftOut(name, error)
    }
  }
  return isWhole ? given : Object.fromEntries(kept)
}
