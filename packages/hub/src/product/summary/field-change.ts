/**
 * How changes of fields read. Everything in here comes from a settings-file and may be hostile.
 *
 * @module
 */
import { isDeepStrictEqual } from 'node:util'
import { nameOf, valueOf } from '../../text/words.ts'

const none: ReadonlySet<string> = new Set()

/** A field that is not there at all. */
const absent = Symbol('absent')

/** Flags of the settings-file that have a better name than their own. All are off when absent. */
const flagNames: Readonly<Record<string, string>> = {
  isBucketingSeedEnabled: 'own bucketing seed',
  isEventArchEnabled: 'event architecture',
  isFeatureEnabled: 'feature',
  isForcedVariationEnabled: 'whitelisting',
  isMAB: 'multi-armed bandit',
  isUserListEnabled: 'user list',
}

/** `weight 50 → 20`; only `weight changed` where the difference is past what is shown. */
export function transition(label: string, before: string, after: string, unit = ''): string {
  return before === after ? `${label} changed` : `${label} ${before} → ${after}${unit}`
}

/** Deeply, with VWO's `{}` and `[]` for the same nothing. */
export function isSame(before: unknown, after: unknown): boolean {
  if (before === after || (isEmpty(before) && isEmpty(after))) return true
  try {
    return isDeepStrictEqual(before, after)
  } catch {
    // Nested past what the stack holds: to claim a change is the safe side.
    return false
  }
}

/** What changed among the fields that have no words of their own, so that nothing stays invisible. */
export function fieldChanges(before: object, after: object, phrased: ReadonlySet<string> = none): string[] {
  const texts: string[] = []
  const compare = (field: string): void => {
    const [from, to] = [valueAt(before, field), valueAt(after, field)]
    if (from !== to && !isSame(from, to)) texts.push(...fieldChange(field, from, to))
  }
  for (const field of Object.keys(before)) if (!phrased.has(field)) compare(field)
  for (const field of Object.keys(after))
    if (!phrased.has(field) && !Object.hasOwn(before, field)) compare(field)
  return texts
}

/** The same of the root of a settings-file, whose sdkKey is never named. @param phrased - What has words of its own. */
export function rootChanges<File extends { readonly sdkKey?: unknown }>(
  before: File,
  after: File,
  phrased: ReadonlySet<string>,
): string[] {
  const texts = fieldChanges(before, after, new Set([...phrased, 'sdkKey']))
  return before.sdkKey === after.sdkKey ? texts : ['sdkKey changed', ...texts]
}

function fieldChange(field: string, from: unknown, to: unknown): string[] {
  const flagName = Object.hasOwn(flagNames, field) ? flagNames[field] : undefined
  if (flagName !== undefined && isFlag(from) && isFlag(to)) {
    return (from === true) === (to === true) ? [] : [`${flagName} ${onOrOff(from)} → ${onOrOff(to)}`]
  }
  if (isPlain(from) && isPlain(to))
    return [transition(nameOf(field), valueOf(orNothing(from)), valueOf(orNothing(to)))]
  return [`${nameOf(field)} changed`]
}

const orNothing = (value: unknown): unknown => (value === absent ? undefined : value)

/** Own fields only: `__proto__` is a possible name in JSON. */
function valueAt(record: object, field: string): unknown {
  return (
    Object.getOwnPropertyDescriptor(record, field)?.value ?? (Object.hasOwn(record, field) ? null : absent)
  )
}

function isFlag(value: unknown): boolean {
  return value === absent || value === undefined || typeof value === 'boolean'
}

function onOrOff(flag: unknown): string {
  return flag === true ? 'on' : 'off'
}

function isPlain(value: unknown): boolean {
  return value === null || typeof value !== 'object'
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}
