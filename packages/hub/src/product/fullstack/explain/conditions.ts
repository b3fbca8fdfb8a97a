import { plainText } from '../../../text/plain-text.ts'
import { segmentInWords } from '../../summary/segment-change.ts'
import { valueOf } from '../../../text/words.ts'

/** One condition of a segment, as the SDK evaluates it. */
export interface Condition {
  /** `plan = "gold"` */
  readonly text: string
  readonly isMet: boolean
  /** What the user has instead, in words. */
  readonly has: string
}

type Evaluate = (segment: object, variables: object, campaignKey: string, userId: string) => unknown

const MOST = 20

/**
 * Evaluates each condition of a segment by itself, with the evaluator of a copy of the SDK.
 *
 * @see vwo-node-sdk 1.73.0 `lib/core/SegmentEvaluator.js`
 */
export function createConditions(
  inside: (path: string) => unknown,
): (segment: unknown, variables: Readonly<Record<string, unknown>>) => Condition[] {
  const evaluate = inside('core/SegmentEvaluator') as Evaluate
  return (segment, variables) =>
    leavesOf(segment)
      .slice(0, MOST)
      .map((leaf) => ({
        text: segmentInWords(leaf, ''),
        isMet: isTrue(() => evaluate(leaf, variables, '', '')),
        has: valueFor(leaf, variables),
      }))
}

/** Nobody meets a condition that cannot be evaluated. */
function isTrue(evaluate: () => unknown): boolean {
  try {
    return evaluate() === true
  } catch {
    return false
  }
}

function leavesOf(segment: unknown): object[] {
  if (Array.isArray(segment)) return segment.flatMap(leavesOf)
  if (typeof segment !== 'object' || segment === null) return []
  const [entry] = Object.entries(segment)
  if (entry === undefined) return []
  return ['and', 'or', 'not'].includes(entry[0]) ? leavesOf(entry[1]) : [segment]
}

function valueFor(leaf: object, variables: Readonly<Record<string, unknown>>): string {
  const [operator, operand] = Object.entries(leaf)[0] ?? []
  if (operator !== 'custom_variable' || typeof operand !== 'object' || operand === null) return ''
  const name = Object.keys(operand as object)[0] ?? ''
  const named = plainText(name, 60)
  return Object.hasOwn(variables, name) ? `${named} is ${valueOf(variables[name])}` : `${named} is not given`
}
