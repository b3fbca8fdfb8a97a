/**
 * Users for whom segments are decided: made from the segments themselves.
 *
 * @see vwo-node-sdk 1.73.0 `lib/core/SegmentEvaluator.js`, `lib/utils/SegmentUtil.js`; vwo-fme-node-sdk 1.35.0
 *   `lib/packages/segmentation-evaluator`
 * @module
 */

import type { CustomVariables } from '../users.ts'

/** What the segments of one place ask for. */
export interface SegmentSample {
  /** For each variable that is asked for, a value that its first condition most likely accepts. */
  readonly variables: CustomVariables
  /** The first user id of each list of users. */
  readonly userIds: readonly string[]
  /** For each other operator whose operands are texts, a text that its first one most likely accepts. */
  readonly texts: Readonly<Record<string, string>>
  /** Every regular expression, as the SDK takes it out of its operand. */
  readonly expressions: readonly string[]
}

export function sampleOf(segments: readonly unknown[]): SegmentSample {
  const variables: Record<string, string> = {}
  const userIds: string[] = []
  const texts: Record<string, string> = {}
  const expressions: string[] = []
  for (const [operator, operand] of operandsIn(segments)) {
    if (operator === 'user' && typeof operand === 'string') {
      userIds.push(operand.split(',', 1)[0]?.trim() ?? '')
    } else if (operator !== 'custom_variable') {
      for (const text of Array.isArray(operand) ? operand : [operand]) {
        if (typeof text !== 'string') continue
        expressions.push(...expressionIn(operator, text))
        if (!Object.hasOwn(texts, operator)) texts[operator] = acceptedBy(text)
      }
    }
    if (operator !== 'custom_variable' || typeof operand !== 'object' || operand === null) continue
    for (const [name, condition] of Object.entries(operand)) {
      const text = String(condition)
      expressions.push(...expressionIn(operator, text))
      // The SDK asks the object itself whether it has the name.
      if (name !== 'hasOwnProperty') variables[name] ??= acceptedBy(text)
    }
  }
  return { variables, userIds, texts, expressions }
}

/** Operators whose operands are compared without quotation marks, by FME's SDK. */
const unquoted: ReadonlySet<string> = new Set(['ip_address', 'browser_version', 'os_version'])
/** Operators whose `wildcard(…)` is an expression to FME's SDK, apart from the stars. */
const partsOfAgent: ReadonlySet<string> = new Set(['os', 'browser_string', 'device_type', 'device'])

/** The regular expression of an operand, if there is one, as the SDK makes it. */
function expressionIn(operator: string, text: string): string[] {
  if (partsOfAgent.has(operator)) {
    const wildcard = /^wildcard\((.*)\)$/s.exec(text.toLowerCase())?.[1]
    return wildcard === undefined ? [] : [wildcard.replaceAll('*', '.*')]
  }
  const expression = /^regex\((.*)\)/.exec(text)?.[1]
  if (expression === undefined) return []
  return [unquoted.has(operator) ? expression.trim().replaceAll('"', '') : expression]
}

/** Every operator of segments with its operand, however they are nested. The check has limited the depth. */
export function* operandsIn(segment: unknown): Generator<[operator: string, operand: unknown]> {
  if (Array.isArray(segment)) {
    for (const each of segment) yield* operandsIn(each)
    return
  }
  if (typeof segment !== 'object' || segment === null) return
  for (const [operator, operand] of Object.entries(segment)) {
    if (['and', 'or', 'not'].includes(operator)) yield* operandsIn(operand)
    else yield [operator, operand]
  }
}

/** A value that a condition such as `wildcard(*com)` or `gt(5)` accepts; of other forms, the text itself. */
function acceptedBy(condition: string): string {
  const [, kind, inner = ''] = /^(lower|wildcard|regex|gte?|lte?)\((.*)\)/.exec(condition) ?? []
  switch (kind) {
    case undefined:
      return condition
    case 'wildcard':
      return inner.replace(/^\*/, '').replace(/\*$/, '')
    case 'gt':
      return String(Number(inner) + 1)
    case 'lt':
      return String(Number(inner) - 1)
    default:
      return inner
  }
}
