import { plainText } from '../../text/plain-text.ts'
import { segmentInWords } from '../summary/segment-change.ts'
import { valueOf } from '../../text/words.ts'

const MOST = 20

/** Each condition of a segment by itself, without those that it only consists of. */
export function conditionsIn(segment: unknown): object[] {
  return leavesOf(segment).slice(0, MOST)
}

/** `plan = "gold": no, plan is not given`. @param isMet - As the SDK evaluates it alone. */
export function conditionInWords(
  leaf: object,
  variables: Readonly<Record<string, unknown>>,
  isMet: boolean,
): string {
  const has = valueFor(leaf, variables)
  return `${segmentInWords(leaf, '')}: ${isMet ? 'yes' : 'no'}${has === '' ? '' : `, ${has}`}`
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
