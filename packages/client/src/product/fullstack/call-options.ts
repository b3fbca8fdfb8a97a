import type { TrackOptions } from './vwo-methods.ts'

/** How the SDK writes each option into events and into its log. */
const writes: { readonly [Name in keyof TrackOptions]: (value: unknown) => unknown } = {
  customVariables: JSON.stringify,
  variationTargetingVariables: JSON.stringify,
  eventProperties: JSON.stringify,
  revenueValue: JSON.stringify,
  userAgent: encodeText,
  userIpAddress: encodeText,
}

function encodeText(value: unknown): unknown {
  if (typeof value === 'string') return encodeURIComponent(value)
  // As the SDK's typings write a text.
  if (Object.prototype.toString.call(value) === '[object String]') return encodeURIComponent(String(value))
  throw new TypeError(`expected a text, got ${typeof value}`)
}

/**
 * The options of a call, without those that the SDK cannot write, such as a BigInt or an object that contains itself. It
 * tries to in promises that nobody hears: the rejection would end the process, or leave the call without an answer.
 *
 * @param onLeftOut - Told the name of each option that is left out, and why.
 * @see vwo-node-sdk 1.73.0 `lib/utils/EventDispatcherUtil.js` `dispatchPostCall`, `lib/utils/DecisionUtil.js`
 */
export function shieldCallOptions<Options>(
  options: Options,
  onLeftOut: (name: string, error: unknown) => void,
): Options {
  if (typeof options !== 'object' || options === null) return options
  const given = options as Record<string, unknown>
  const leftOut: Record<string, undefined> = {}
  for (const [name, write] of Object.entries(writes)) {
    try {
      if (given[name] !== undefined && given[name] !== null) write(given[name])
    } catch (error) {
      leftOut[name] = undefined
      onLeftOut(name, error)
    }
  }
  return Object.keys(leftOut).length === 0 ? options : { ...options, ...leftOut }
}
