import { plainText } from '../../text/plain-text.ts'
import { nameOf, valueOf } from '../../text/words.ts'
import { isSame, transition } from './field-change.ts'

const maxLength = 120
/** Deeper conditions are shown as `…`: nobody reads them in one line. */
const maxDepth = 5

/**
 * A segment in words: `plan = "gold" and not country = "DE"`. User ids are counted, not named: they may be the
 * addresses of people, and this text goes to logs.
 *
 * @see vwo-node-sdk 1.73.0 `lib/core/SegmentEvaluator.js`: an object with one key, an operator or an operand.
 */
export function segmentInWords(segment: unknown, nobody: string): string {
  return isEmpty(segment) ? nobody : plainText(conditionOf(segment, 0), maxLength)
}

/** @param nobody - What is said of one without any condition. */
export function segmentChange(
  label: string,
  before: unknown,
  after: unknown,
  nobody = 'all users',
): string[] {
  if (isSame(before ?? {}, after ?? {})) return []
  return [transition(label, segmentInWords(before, nobody), segmentInWords(after, nobody))]
}

function conditionOf(segment: unknown, depth: number): string {
  if (depth > maxDepth) return '…'
  const [operator, operand] = firstEntry(segment)
  switch (operator) {
    case 'and':
    case 'or':
      return Array.isArray(operand) ? joined(operator, operand, depth) : '…'
    case 'not':
      return `not ${inParentheses(conditionOf(operand, depth + 1))}`
    case 'custom_variable': {
      const [variable, expected] = firstEntry(operand)
      return `${nameOf(variable)} = ${valueOf(expected)}`
    }
    case 'user':
      return usersOf(operand)
    default:
      return `${nameOf(operator)} ${isTextOrTexts(operand) ? `= ${valueOf(operand)}` : '…'}`
  }
}

/** As operators of FME have it: `country = "DE"`. */
function isTextOrTexts(operand: unknown): boolean {
  return [operand].flat().every((each) => typeof each === 'string')
}

function joined(operator: 'and' | 'or', operands: readonly unknown[], depth: number): string {
  // Past the limit for the whole text nothing is shown anyway.
  const conditions = operands.slice(0, maxLength).map((operand) => conditionOf(operand, depth + 1))
  if (conditions.length === 1) return conditions[0] ?? ''
  return conditions.map(inParentheses).join(` ${operator} `)
}

function inParentheses(condition: string): string {
  return / (and|or) /.test(condition) ? `(${condition})` : condition
}

function usersOf(list: unknown): string {
  const count = typeof list === 'string' ? list.split(',').filter((id) => id.trim() !== '').length : 0
  return count === 1 ? '1 user' : `${count} users`
}

function firstEntry(value: unknown): [key: string, value: unknown] {
  if (typeof value !== 'object' || value === null) return ['', undefined]
  return Object.entries(value)[0] ?? ['', undefined]
}

function isEmpty(value: unknown): boolean {
  return typeof value !== 'object' || value === null || Object.keys(value).length === 0
}
