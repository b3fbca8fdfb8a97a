import { toUSVString } from 'node:util'
import type { FmeContext } from './fme-methods.ts'

/** Told what a call did without, and why. */
export type LeftOut = (what: string, error: unknown) => void

/** A part of a context as the SDK can bear it. @throws Where that is none of it. */
type Own = (value: unknown, onLeftOut: LeftOut) => unknown

/** What the SDK would end the process by, or turn the flag off by, is left out of each. */
const parts: Readonly<Record<string, Own>> = {
  userAgent: (value) => decodable(textOf(value)),
  ipAddress: textOf,
  customVariables: variablesOf,
  variationTargetingVariables: variablesOf,
  platformVariables: variablesOf,
  postSegmentationVariables: namesOf,
  _vwo: knownOf,
}

/** What the SDK reads of a context. An object of a class may inherit it, or have it by accessors. */
const READ = ['id', 'sessionId', 'bucketingSeed', 'isDevMode', ...Object.keys(parts)]

/**
 * The context of a call in a form that the SDK can bear: it writes into it, in 1.35 takes a frozen one for "off", and ends the
 * process over what JSON cannot write, over a value that it can make no text of, and over a user agent that cannot be decoded.
 * Never the app's own object.
 *
 * @returns `undefined` where it does not say who it is about.
 * @see vwo-fme-node-sdk 1.35.0 `lib/utils/DecisionUtil.ts` `_evaluateWhitelisting`: nobody hears its promises.
 */
export function ownContext(
  given: unknown,
  onLeftOut: LeftOut,
): (FmeContext & { id: string | number }) | undefined {
  if (typeof given !== 'object' || given === null) return undefined
  const read = readable(given, (name, error) => onLeftOut(`${name} of a context`, error), READ)
  const context: Record<string, unknown> = Object.fromEntries(read)
  const id = ownId(context.id)
  if (id === undefined) return undefined
  context.id = id
  for (const [name, own] of Object.entries(parts)) {
    const value = context[name]
    if (value === undefined || value === null) continue
    try {
      context[name] = own(value, (inside, error) => onLeftOut(`${name}.${inside} of a context`, error))
    } catch (error) {
      delete context[name]
      onLeftOut(`${name} of a context`, error)
    }
  }
  return context as unknown as FmeContext & { id: string | number }
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`expected a text, got ${typeof value}`)
  return toUSVString(value)
}

/** Segments decode it: one that is not encoded at all, such as `100%`, is what comes of decoding this. */
function decodable(text: string): string {
  try {
    decodeURIComponent(text)
    return text
  } catch {
    return text.replaceAll('%', '%25')
  }
}

function variablesOf(given: unknown, onLeftOut: LeftOut): Record<string, unknown> {
  // Segments are compared with texts.
  const own = (value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value)
  return comparable(sendable(given, onLeftOut, own), onLeftOut)
}

/** What a gateway service would say of address and user agent. */
function knownOf(given: unknown, onLeftOut: LeftOut): Record<string, unknown> {
  const known: Record<string, unknown> = Object.fromEntries(readable(objectIn(given), onLeftOut))
  for (const name of ['location', 'userAgent']) {
    const value = known[name]
    if (value === undefined || value === null) continue
    try {
      known[name] = comparable(objectIn(value), (key, error) => onLeftOut(`${name}.${key}`, error))
    } catch (error) {
      delete known[name]
      onLeftOut(name, error)
    }
  }
  return known
}

function namesOf(given: unknown, onLeftOut: LeftOut): unknown[] {
  if (!Array.isArray(given)) throw new TypeError(`expected a list of names, got ${typeof given}`)
  return readable(given, onLeftOut).flatMap(([place, name]) => {
    if (typeof name === 'string' || typeof name === 'number') return [name]
    onLeftOut(place, new TypeError(`expected a name, got ${typeof name}`))
    return []
  })
}

function objectIn(given: unknown): object {
  if (typeof given === 'object' && given !== null) return given
  throw new TypeError(`expected an object, got ${typeof given}`)
}

/** Values of an object that segments can be compared with. */
function comparable(given: object, onLeftOut: LeftOut): Record<string, unknown> {
  const kept = readable(given, onLeftOut).filter(([name, value]) => {
    try {
      if (value === undefined || value === null || isTextable(value)) return true
      throw new TypeError(`cannot make a text of this ${typeof value}`)
    } catch (error) {
      onLeftOut(name, error)
      return false
    }
  })
  return Object.fromEntries(kept)
}

/**
 * In both ways in which the SDK makes a text of a value.
 *
 * @throws Where one of them does.
 */
const isTextable = (value: { toString(): unknown }): boolean =>
  typeof value.toString() === 'string' && typeof String(value) === 'string'

/**
 * The id as the SDK can bear it: it takes 0 for none, and cannot write half of a character. Of anything else it makes a text,
 * such as of the id of a database that is an object; one that says nothing would stand for every such user.
 */
function ownId(id: unknown): string | number | undefined {
  if (typeof id === 'number' && !Number.isNaN(id)) return id === 0 ? '0' : id
  const text = typeof id === 'string' ? id : ownText(id)
  return text === '' ? undefined : toUSVString(text)
}

function ownText(id: unknown): string {
  if (typeof id === 'bigint' || id === true) return String(id)
  if (typeof id !== 'object' || id === null) return ''
  try {
    const text = (id as { toString(): unknown }).toString()
    return typeof text !== 'string' || /^\[object .*\]$/.test(text) ? '' : text
  } catch {
    return ''
  }
}

/**
 * What JSON can write of an object's values.
 *
 * @param own - What is taken in place of a value.
 */
export function sendable(
  given: unknown,
  onLeftOut: LeftOut,
  own: (value: unknown) => unknown = (value) => value,
): Record<string, unknown> {
  if (typeof given !== 'object' || given === null) {
    onLeftOut('*', new TypeError(`expected an object, got ${given === null ? 'null' : typeof given}`))
    return {}
  }
  const kept = readable(given, onLeftOut).flatMap(([name, found]) => {
    const value = own(found)
    try {
      if (typeof value === 'object' ? isWritable(value) : isPlain(value)) return [[name, value] as const]
      throw new TypeError(`JSON cannot write a ${typeof value}`)
    } catch (error) {
      onLeftOut(name, error)
      return []
    }
  })
  // Not by assignment: `__proto__` is a name as any other.
  return Object.fromEntries(kept)
}

/**
 * Names and values of an object, without those that throw when they are read.
 *
 * @param also - Names that are read where it inherits them, too.
 */
export function readable(
  given: object,
  onLeftOut: LeftOut,
  also: readonly string[] = [],
): [name: string, value: unknown][] {
  const attempt = <T>(name: string, look: () => T): T[] => {
    try {
      return [look()]
    } catch (error) {
      onLeftOut(name, error)
      return []
    }
  }
  const [own = []] = attempt('*', () => Object.keys(given))
  const [inherited = []] = attempt('*', () =>
    Object.getPrototypeOf(given) === Object.prototype
      ? []
      : also.filter((name) => !own.includes(name) && name in given),
  )
  return [...own, ...inherited].flatMap((name) =>
    attempt(name, () => [name, (given as Record<string, unknown>)[name]] as [string, unknown]),
  )
}

const isPlain = (value: unknown): boolean =>
  value === undefined || ['string', 'number', 'boolean'].includes(typeof value)
/** @throws Where it contains itself, or a BigInt. */
const isWritable = (value: object | null): boolean => JSON.stringify(value) !== undefined
