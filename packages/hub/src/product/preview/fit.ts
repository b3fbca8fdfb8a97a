/**
 * Makes variables of a user whom some segments accept and others do not.
 *
 * @module
 */
import { candidatesFor, isExhaustive } from './candidates.ts'

/** What only a product knows of segments. */
export interface Segments {
  /** Whether a segment accepts a user with these variables. Only the SDK knows what a segment means. */
  evaluate(segment: object, variables: object): boolean | Promise<boolean>
  /** What a condition depends on; `never`: nobody meets it; `unsure`: that depends on what cannot be made here. */
  conditionOf(operator: string, operand: unknown, segment: object): Condition | 'never' | 'unsure'
}

/** A condition on one variable. */
export interface Condition {
  readonly name: string
  /** What it asks for: `gold`, `wildcard(*ol*)`, `gt(5)`; or a list of users. */
  readonly texts: readonly string[]
  /** A segment of this condition alone. */
  readonly segment: object
  /** It asks for one of the users of a list. */
  readonly isList?: true
}

/** A segment, and whether it is to accept the user. */
export interface Goal {
  readonly segment: unknown
  readonly isToFit: boolean
}

/** Variables by name; one that is absent is not given. */
export type Fit =
  | { readonly kind: 'found'; readonly variables: Readonly<Record<string, string>> }
  /** There is nobody like that. */
  | { readonly kind: 'nobody' }
  /** There may be somebody; none was found. */
  | { readonly kind: 'unknown' }

/** Under this name the SDK looks for a user's id in the lists of whitelists. */
export const USER_ID = '_vwoUserId'

/** So many steps are made for one fit, and so many conditions looked into. */
const MOST_STEPS = 5000
const MOST_CONDITIONS = 2000
/** Of each list of users so many are tried. */
const LISTED = 20

/** A segment with its conditions by place: what each value of its variable makes of it. */
type Tree =
  | { readonly kind: 'and' | 'or'; readonly of: readonly Tree[] }
  | { readonly kind: 'not'; readonly of: Tree }
  | { readonly kind: 'condition'; readonly variable: Variable; readonly place: number }
  | { readonly kind: 'fixed'; readonly isMet: boolean }

const everybody: Tree = { kind: 'fixed', isMet: true }

interface Variable {
  readonly name: string
  readonly conditions: Condition[]
  /** Which differ in the conditions that they meet; the first is that of a user without it. */
  values: { readonly value: string | undefined; readonly meets: readonly boolean[] }[]
  isExhaustive: boolean
  chosen: number | undefined
}

export interface Fits {
  fit(goals: readonly Goal[]): Promise<Fit>
  accepts(segment: unknown, variables: object): Promise<boolean>
}

/** @param segments - All that goals will be about. */
export async function createFits(
  { evaluate, conditionOf }: Segments,
  segments: readonly unknown[],
): Promise<Fits> {
  const variables = new Map<string, Variable>()
  let conditions = 0
  let isEachKnown = true
  const trees = new Map(segments.map((segment) => [segment, isEmpty(segment) ? everybody : treeOf(segment)]))
  for (const variable of variables.values()) await fill(variable)

  function treeOf(segment: unknown): Tree {
    // Within another one nobody meets it.
    if (isEmpty(segment)) return { kind: 'fixed', isMet: false }
    const [operator, operand] = Object.entries(segment as object)[0] as [string, unknown]
    if (operator === 'not') return { kind: 'not', of: treeOf(operand) }
    if (operator === 'and' || operator === 'or')
      return { kind: operator, of: Array.isArray(operand) ? operand.map(treeOf) : [] }
    conditions += 1
    const condition = conditionOf(operator, operand, segment as object)
    if (condition === 'unsure') isEachKnown = false
    if (typeof condition === 'string') return { kind: 'fixed', isMet: false }
    const found = variables.get(condition.name)
    const { name } = condition
    const variable = found ?? { name, conditions: [], values: [], isExhaustive: true, chosen: undefined }
    variables.set(name, variable)
    return { kind: 'condition', variable, place: variable.conditions.push(condition) - 1 }
  }

  async function fill(variable: Variable): Promise<void> {
    const { name, conditions: own } = variable
    const texts = [...new Set(own.flatMap((each) => each.texts))]
    const isListed = own.every(({ isList }) => isList)
    const candidates = isListed ? texts.flatMap((text) => idsIn(text).slice(0, LISTED)) : candidatesFor(texts)
    const seen = new Set<string>()
    // The SDK asks the object itself whether it has the name.
    for (const value of [undefined, ...(name === 'hasOwnProperty' ? [] : candidates)]) {
      const given = value === undefined ? {} : { [name]: value }
      const meets: boolean[] = []
      for (const { segment } of own) meets.push(await accepts(segment, given))
      const kind = meets.join(' ')
      if (seen.has(kind)) continue
      seen.add(kind)
      variable.values.push({ value, meets })
    }
    const isEachMet = own.every((_, place) => variable.values.some(({ meets }) => meets[place]))
    variable.isExhaustive = isListed || (isEachMet && isExhaustive(texts))
  }

  async function accepts(segment: unknown, given: object): Promise<boolean> {
    return isEmpty(segment) || (await evaluate(segment as object, given))
  }

  return {
    accepts,
    async fit(goals) {
      if (conditions > MOST_CONDITIONS) return { kind: 'unknown' }
      const wanted = goals.map(({ segment, isToFit }) => ({ tree: trees.get(segment) ?? everybody, isToFit }))
      for (const variable of variables.values()) variable.chosen = undefined
      let steps = 0
      const isReached = (): boolean => {
        let open: Variable | undefined
        for (const { tree, isToFit } of wanted) {
          const state = stateOf(tree)
          if (state === !isToFit) return false
          if (typeof state === 'object') open ??= state
        }
        if (open === undefined) return true
        for (const index of open.values.keys()) {
          if ((steps += 1) > MOST_STEPS) break
          open.chosen = index
          if (isReached()) return true
        }
        open.chosen = undefined
        return false
      }
      if (!isReached()) {
        const isSure =
          isEachKnown &&
          steps <= MOST_STEPS &&
          [...variables.values()].every((variable) => variable.isExhaustive)
        return { kind: isSure ? 'nobody' : 'unknown' }
      }
      const made = Object.fromEntries(
        [...variables.values()].flatMap(({ name, values, chosen }) => {
          const value = chosen === undefined ? undefined : values[chosen]?.value
          return value === undefined ? [] : [[name, value]]
        }),
      )
      // Conditions that throw take the whole segment along: it has the last word.
      for (const { segment, isToFit } of goals)
        if ((await accepts(segment, made)) !== isToFit) return { kind: 'unknown' }
      return { kind: 'found', variables: made }
    },
  }
}

/** Whether it is met by what was chosen; or the variable that has to be chosen next to tell. */
function stateOf(tree: Tree): boolean | Variable {
  switch (tree.kind) {
    case 'fixed':
      return tree.isMet
    case 'condition': {
      const { variable, place } = tree
      return variable.chosen === undefined
        ? variable
        : variable.values[variable.chosen]?.meets[place] === true
    }
    case 'not': {
      const state = stateOf(tree.of)
      return typeof state === 'boolean' ? !state : state
    }
    case 'and':
    case 'or': {
      let open: Variable | undefined
      for (const each of tree.of) {
        const state = stateOf(each)
        if (state === (tree.kind === 'or')) return state
        if (typeof state === 'object') open ??= state
      }
      return open ?? tree.kind === 'and'
    }
  }
}

/** The SDK takes what is no object, and one without anything in it, for everybody. */
export function isEmpty(segment: unknown): boolean {
  return (
    typeof segment !== 'object' ||
    segment === null ||
    Array.isArray(segment) ||
    Object.keys(segment).length === 0
  )
}

/** Of a list as the SDK reads it: `ann, bob`. */
export function idsIn(list: string): string[] {
  return list.split(',').map((id) => id.trim())
}
