/**
 * Users for whom a campaign's segments are decided: made from the segments themselves.
 *
 * @see vwo-node-sdk 1.73.0 `lib/core/SegmentEvaluator.js`, `lib/utils/SegmentUtil.js`
 * @module
 */

import type { CustomVariables } from '../../users.ts'

/** What the segments of one place ask for. */
export interface SegmentSample {
  /** For each variable that is asked for, a value that its first condition most likely accepts. */
  readonly variables: CustomVariables
  /** The first user id of each list of users. */
  readonly userIds: readonly string[]
  /** Every regular expression, as the SDK takes it out of its operand. */
  readonly expressions: readonly string[]
}

export function sampleOf(segments: readonly unknown[]): SegmentSample {
  const variables: Record<string, string> = {}
  const userIds: string[] = []
  const expressions: string[] = []
  for (const [operator, operand] of segments.flatMap(operandsIn)) {
    if (operator === 'user' && typeof operand === 'string') {
      userIds.push(operand.split(',', 1)[0]?.trim() ?? '')
    }
    if (operator !== 'custom_variable' || typeof operand !== 'object' || operand === null) continue
    for (const [name, condition] of Object.entries(operand)) {
      const text = String(condition)
      const expression = /^regex\((.*)\)/.exec(text)?.[1]
      if (expression !== undefined) expressions.push(expression)
      // The SDK asks the object itself whether it has the name.
      if (name !== 'hasOwnProperty') variables[name] ??= acceptedBy(text)
    }
  }
  return { variables, userIds, expressions }
}

/** Every operator of a segment with its operand, however it is nested. The check has limited the depth. */
function operandsIn(segment: unknown): [operator: string, operand: unknown][] {
  if (Array.isArray(segment)) return segment.flatMap(operandsIn)
  if (typeof segment !== 'object' || segment === null) return []
  return Object.entries(segment).flatMap(([operator, operand]) =>
    ['and', 'or', 'not'].includes(operator)
      ? operandsIn(operand)
      : [[operator, operand] as [string, unknown]],
  )
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

/** So often a character is repeated: a nested repetition then takes minutes, any other no time. */
const REPETITIONS = 60
const commonSeeds = ['a', '0', ' ', '.', '@']

/**
 * Runs a regular expression, as the SDK would, on texts that make a careless one backtrack without end: its own
 * characters and common ones, many times, with an end that does not match.
 */
export function probe(expression: string): void {
  let pattern: RegExp
  try {
    pattern = new RegExp(expression, 'g')
  } catch {
    return // The SDK takes it for one that matches nothing.
  }
  const own = expression.replaceAll(/\\.|[^\p{L}\d@._-]/gu, '').slice(0, 8)
  const seeds = new Set([own, ...own.split(''), ...commonSeeds])
  for (const seed of seeds) {
    pattern.lastIndex = 0
    pattern.test(`${seed.repeat(REPETITIONS)}\n!`)
  }
}
