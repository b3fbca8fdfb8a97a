import { nameOf } from '../../text/words.ts'
import type { Step } from '../explanation.ts'

/** The way to a decision, and where it leads. */
export interface DecisionPath<Kind extends string> {
  readonly steps: readonly (Step & { readonly step: Kind })[]
  /** The name of what the user gets; undefined for nothing. Read from the steps, not from the answer. */
  readonly outcome: string | undefined
}

/** Notes the steps of a path, one after the other. */
export interface PathNotes<Kind extends string> {
  /** @returns Whether it is passed. */
  readonly add: (step: Kind, isPassed: boolean, text: string, details?: readonly string[]) => boolean
  readonly end: (outcome?: string) => DecisionPath<Kind>
}

export function createPath<Kind extends string>(): PathNotes<Kind> {
  const steps: DecisionPath<Kind>['steps'][number][] = []
  return {
    add(step, isPassed, text, details = []) {
      steps.push({ step, isPassed, text, details })
      return isPassed
    },
    end: (outcome) => ({ steps, outcome }),
  }
}

/** What the group of a campaign or rule says. */
export type GroupStep = Pick<Step, 'isPassed' | 'text' | 'details'>

/** So many keys are named where the one that was meant is not there. */
const NAMED = 12

/** `There are: cart, search, and 5 more`; nothing where there are none. */
export function keysInWords(keys: readonly string[]): string[] {
  if (keys.length === 0) return []
  const rest = keys.length > NAMED ? `, and ${keys.length - NAMED} more` : ''
  return [`There are: ${keys.slice(0, NAMED).map(nameOf).join(', ')}${rest}`]
}
