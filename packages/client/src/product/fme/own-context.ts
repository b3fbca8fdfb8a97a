import { toUSVString } from 'node:util'
import type { FmeContext } from './fme-methods.ts'

/** Told what a call did without, and why. */
export type LeftOut = (what: string, error: unknown) => void

/**
 * The context of a call in a form that the SDK can bear: it writes into it, in 1.35 takes a frozen one for "off", and ends the
 * process over what JSON cannot write. Never the app's own object.
 *
 * @returns `undefined` where it does not say who it is about.
 */
export function ownContext(
  given: unknown,
  onLeftOut: LeftOut,
): (FmeContext & { id: string | number }) | undefined {
  if (typeof given !== 'object' || given === null) return undefined
  const read = readable(given, (name, error) => onLeftOut(`${name} of a context`, error))
  const context: Record<string, unknown> = Object.fromEntries(read)
  const id = ownId(context.id)
  if (id === undefined) return undefined
  context.id = id
  for (const name of ['userAgent', 'ipAddress']) {
    const value = context[name]
    if (typeof value === 'string') context[name] = toUSVString(value)
    else if (value !== undefined && value !== null) {
      delete context[name]
      onLeftOut(`${name} of a context`, new TypeError(`expected a text, got ${typeof value}`))
    }
  }
  for (const name of ['customVariables', 'variationTargetingVariables', 'platformVariables']) {
    const value = context[name]
    if (value !== undefined && value !== null) {
      context[name] = sendable(value, (key, error) => onLeftOut(`${name}.${key} of a context`, error))
    }
  }
  return context as unknown as FmeContext & { id: string | number }
}

/** The id as the SDK can bear it: it takes 0 for none, and cannot write half of a character. */
export function ownId(id: unknown): string | number | undefined {
  if (typeof id === 'string') return id === '' ? undefined : toUSVString(id)
  if (typeof id !== 'number' || Number.isNaN(id)) return undefined
  return id === 0 ? '0' : id
}

/** What JSON can write of an object's values. */
export function sendable(given: unknown, onLeftOut: LeftOut): Record<string, unknown> {
  const kept: Record<string, unknown> = {}
  if (typeof given !== 'object' || given === null) {
    onLeftOut('*', new TypeError(`expected an object, got ${given === null ? 'null' : typeof given}`))
    return kept
  }
  for (const [name, value] of readable(given, onLeftOut)) {
    try {
      if (typeof value === 'object' ? isWritable(value) : isPlain(value)) kept[name] = value
      else throw new TypeError(`JSON cannot write a ${typeof value}`)
    } catch (error) {
      onLeftOut(name, error)
    }
  }
  return kept
}

/** Names and values of an object, without those that throw when they are read. */
export function readable(given: object, onLeftOut: LeftOut): [name: string, value: unknown][] {
  const attempt = <T>(name: string, look: () => T): T[] => {
    try {
      return [look()]
    } catch (error) {
      onLeftOut(name, error)
      return []
    }
  }
  const [names = []] = attempt('*', () => Object.keys(given))
  return names.flatMap((name) =>
    attempt(name, () => [name, (given as Record<string, unknown>)[name]] as [string, unknown]),
  )
}

const isPlain = (value: unknown): boolean =>
  value === undefined || ['string', 'number', 'boolean'].includes(typeof value)
/** @throws Where it contains itself, or a BigInt. */
const isWritable = (value: object | null): boolean => JSON.stringify(value) !== undefined
