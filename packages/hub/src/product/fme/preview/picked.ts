import type { Flow, Moves } from '../../preview/preview.ts'
import { valuesInWords } from '../outcome.ts'

/** Between a rule and the values of its variables, in the name of what a user gets. */
const BREAK = '\n'

/** What a user gets, by name. */
export function picked(outcome: string, values: string): string {
  return `${outcome}${BREAK}${values}`
}

/** Names the rules alone of a flow from one to another, and the values of variables where it is the same one. */
export function flowInNames<T extends Moves>(moves: T): T {
  return { ...moves, flows: moves.flows.map(named) }
}

function named({ from, to, users }: Flow): Flow {
  const [before, after] = [from, to].map((name) => name?.split(BREAK, 2))
  const isSame = before !== undefined && after !== undefined && before[0] === after[0]
  const nameOf = ([outcome = '', values = '']: string[]): string =>
    isSame ? `${outcome}, ${valuesInWords(values)}` : outcome
  return { ...(before && { from: nameOf(before) }), ...(after && { to: nameOf(after) }), users }
}
