/**
 * What a single value may be. Every schema takes text; the message of its one issue is what was expected.
 *
 * @module
 */
import { isIP, isIPv4 } from 'node:net'
import { z } from 'zod'
import { DEFAULT_PREFIX, isEnvironmentName, PRODUCT_NAMES } from '@vwo-hub/protocol'

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

/** Where every product of VWO is served. */
export const DEFAULT_BASE_URL = 'https://dev.visualwebsiteoptimizer.com'

/** A value made of text; `expected` ends the sentence "expected …". */
export function value<T>(expected: string, read: (text: string) => T | undefined): z.ZodType<T, string> {
  return z.string().transform((text, context) => {
    const result = read(text)
    if (result !== undefined) return result
    context.addIssue({ code: 'custom', message: expected })
    return z.NEVER
  })
}

/** @param options.orZero - What 0 means, where it is allowed beside the range. */
export function integer(
  least: number,
  most: number,
  unit: string,
  { orZero }: { readonly orZero?: string } = {},
): z.ZodType<number, string> {
  const zero = orZero === undefined ? '' : `, or 0 (${orZero})`
  return value(`an integer from ${least} to ${most} (${unit})${zero}`, (text) => {
    if (!/^\d{1,15}$/.test(text)) return undefined
    const number = Number(text)
    return (number >= least && number <= most) || (number === 0 && orZero !== undefined) ? number : undefined
  })
}

export function oneOf<const T extends string>(values: readonly T[]): z.ZodType<T, string> {
  return value(`one of ${values.join(', ')}`, (text) => values.find((candidate) => candidate === text))
}

/** What an environment distributes. */
export const productName = oneOf(PRODUCT_NAMES)

export const trueOrFalse = value('true or false', (text) =>
  text === 'true' ? true : text === 'false' ? false : undefined,
)

export const port = integer(0, 65_535, 'TCP port; 0 is any free one')

export const guardReleaseAfterMs = integer(1000, 24 * 60 * 60 * 1000, 'milliseconds')

export const host = value('an IP address or a host name without scheme and port', (text) =>
  isIP(text) !== 0 || isHostName(text) ? text : undefined,
)

export const accountId = value('the number of a VWO account', (text) =>
  /^[1-9]\d{0,15}$/.test(text) ? text : undefined,
)

export const environmentName = value(
  'a name of 1 to 63 characters out of a-z, 0-9, ".", "_", "-" that starts with a letter or digit',
  (text) => (isEnvironmentName(text) ? text : undefined),
)

export const prefix = value(
  `1 to 63 letters, digits, ".", "_", "-", ":", such as "${DEFAULT_PREFIX}"`,
  (text) =>
    // No braces: those of the environment decide which slot of a Redis Cluster the keys are in.
    /^[\w.:-]{1,63}$/.test(text) ? text : undefined,
)

/** Sent in headers and queries; shorter ones could neither keep anybody out nor be found in a log line. */
const isSecret = (text: string): boolean => /^[!-~]{4,}$/.test(text)

/** Fewer characters can be guessed by whoever may try often. */
export const LEAST_SECRET_LENGTH = 16

export const secret = value('at least 4 printable ASCII characters without spaces', (text) =>
  isSecret(text) ? text : undefined,
)

export const secretList = value(
  'secrets of at least 4 printable ASCII characters without spaces, separated by commas or line breaks',
  (text) => {
    const secrets = text
      .split(/[,\n]/)
      .map((part) => part.trim())
      .filter((part) => part !== '')
    return secrets.length > 0 && secrets.every(isSecret) ? secrets : undefined
  },
)

export const baseUrl = value(
  'a URL such as https://dev.visualwebsiteoptimizer.com, without query and password',
  (text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined
    const isGood =
      url !== undefined &&
      ['http:', 'https:'].includes(url.protocol) &&
      url.username + url.password + url.search + url.hash === ''
    return isGood ? text : undefined
  },
)

/** A list such as `10.0.0.1:26379,redis-2,[::1]:26379`. */
export function addresses(defaultPort: number): z.ZodType<{ host: string; port: number }[], string> {
  return value(`host:port, separated by commas (port ${defaultPort} where it is left out)`, (text) => {
    const list = text.split(',').map((part) => addressOf(part.trim(), defaultPort))
    return list.every((address) => address !== undefined) ? list : undefined
  })
}

/** A list such as `10.0.0.1:6379=redis.example.com:7001`. */
export const natMap = value(
  'host:port=host:port, separated by commas: an address as Redis tells it, and where it is from here',
  (text) => {
    const pairs = text.split(',').map((part) => {
      const [from = '', to = '', ...more] = part.split('=').map((side) => addressOf(side.trim(), 0))
      return from === '' || to === '' || more.length > 0
        ? undefined
        : ([`${from.host}:${from.port}`, to] as const)
    })
    return pairs.every((pair) => pair !== undefined) ? Object.fromEntries(pairs) : undefined
  },
)

function addressOf(text: string, defaultPort: number): { host: string; port: number } | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text) ?? []
  const name = bracketed ?? plain
  const number = digits === undefined ? defaultPort : Number(digits)
  if (name === undefined || number < 1 || number > 65_535) return undefined
  return (bracketed === undefined ? isHostName(name) : isIP(name) === 6)
    ? { host: name, port: number }
    : undefined
}

/** Whether user or password of a URL can be sent: a `%` that stands for itself cannot be decoded. */
export function isPercentEncoded(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

/** An address or name that is this machine's own, whoever else is on the network. */
export function isLoopback(address: string): boolean {
  return (isIPv4(address) && address.startsWith('127.')) || address === '::1' || address === 'localhost'
}

function isHostName(text: string): boolean {
  return text.length <= 253 && /^(?!-)[a-z\d_-]{1,63}(?:\.[a-z\d_-]{1,63})*\.?$/i.test(text)
}
