/**
 * A pattern as an automaton: one state for each character that it names, and how many ways lead from one to the next.
 *
 * @see V. M. Glushkov, "The abstract theory of automata", 1961: its states are the positions in the pattern.
 * @module
 */
import type { AST } from '@eslint-community/regexpp'
import { type Characters, charactersOf } from './characters.ts'

export interface Automaton {
  /** What brings to each state. */
  readonly states: readonly Characters[]
  /** From each state to others, in one or in several ways; only 1 and 2 (or more) are told apart. */
  readonly next: readonly ReadonlyMap<number, number>[]
  readonly first: readonly number[]
  /** Where a match may end; and whether nothing at all matches. */
  readonly last: readonly number[]
  readonly isNullable: boolean
  /** Whether a repetition that is counted was written out less often. */
  readonly isCut: boolean
}

/** A part of a pattern: where it may begin and end, in how many ways. */
interface Part {
  readonly first: ReadonlyMap<number, number>
  readonly last: ReadonlyMap<number, number>
  readonly isNullable: boolean
}

/** A repetition that is counted is written out so often at most, and less often where the whole gets too long by it. */
const WRITTEN_OUT = [512, 64, 2]
/** Patterns with more characters than this are not decided. */
const MOST_STATES = 2000

const nothing: Part = { first: new Map(), last: new Map(), isNullable: true }

/**
 * Of what refers to another part of it nothing is told.
 *
 * @returns undefined for one that is too long.
 */
export function automatonOf(pattern: Pick<AST.Pattern, 'alternatives'>): Automaton | undefined {
  for (const writtenOut of WRITTEN_OUT) {
    const automaton = build(pattern, writtenOut)
    if (automaton !== undefined) return automaton
  }
  return undefined
}

function build(pattern: Pick<AST.Pattern, 'alternatives'>, writtenOut: number): Automaton | undefined {
  const states: Characters[] = []
  const next: Map<number, number>[] = []
  let isCut = false

  function character(characters: Characters): Part {
    const state = states.push(characters) - 1
    next.push(new Map())
    if (states.length > MOST_STATES) throw undecided
    return { first: new Map([[state, 1]]), last: new Map([[state, 1]]), isNullable: false }
  }

  function connect(from: Part, to: Part): void {
    for (const [state, ways] of from.last) {
      for (const [following, more] of to.first)
        add(next[state] ?? new Map<number, number>(), following, ways * more)
    }
  }

  function sequence(one: Part, other: Part): Part {
    connect(one, other)
    return {
      first: one.isNullable ? sum(one.first, other.first) : one.first,
      last: other.isNullable ? sum(one.last, other.last) : other.last,
      isNullable: one.isNullable && other.isNullable,
    }
  }

  function alternative({ elements }: AST.Alternative): Part {
    return elements.map(element).reduce(sequence, nothing)
  }

  function choice(alternatives: readonly AST.Alternative[]): Part {
    const [one = nothing, ...others] = alternatives.map(alternative)
    return others.reduce(
      (either, other) => ({
        first: sum(either.first, other.first),
        last: sum(either.last, other.last),
        isNullable: either.isNullable || other.isNullable,
      }),
      one,
    )
  }

  function endless(part: Part): Part {
    connect(part, part)
    return part
  }

  function repeated(inner: () => Part, min: number, max: number): Part {
    let whole = nothing
    const written = Math.min(min, writtenOut)
    isCut ||= written < min
    // `a{2,}` is aa+
    if (max === Infinity && min > 0) {
      for (let count = 1; count < written; count += 1) whole = sequence(whole, inner())
      return sequence(whole, endless(inner()))
    }
    for (let count = 0; count < written; count += 1) whole = sequence(whole, inner())
    if (max === min) return whole
    // `a{0,1}` is a?, and of `a{0,9}` no more is told than of a*.
    const rest = inner()
    return sequence(whole, { ...(max === 1 ? rest : endless(rest)), isNullable: true })
  }

  function element(one: AST.Element): Part {
    switch (one.type) {
      case 'Character':
      case 'CharacterSet':
      case 'CharacterClass':
      case 'ExpressionCharacterClass':
        return character(charactersOf(one))
      case 'Group':
      case 'CapturingGroup':
        return choice(one.alternatives)
      case 'Quantifier':
        return repeated(() => element(one.element), one.min, one.max)
      case 'Assertion':
        // What looks ahead is matched too, or passed over.
        return 'alternatives' in one ? { ...choice(one.alternatives), isNullable: true } : nothing
      case 'Backreference':
        return nothing
    }
  }

  try {
    const whole = choice(pattern.alternatives)
    return {
      states,
      next,
      first: [...whole.first.keys()],
      last: [...whole.last.keys()],
      isNullable: whole.isNullable,
      isCut,
    }
  } catch (error) {
    if (error === undecided) return undefined
    throw error
  }
}

const undecided = new Error('undecided')

function add(counts: Map<number, number>, state: number, ways: number): void {
  counts.set(state, Math.min(2, (counts.get(state) ?? 0) + ways))
}

function sum(one: ReadonlyMap<number, number>, other: ReadonlyMap<number, number>): Map<number, number> {
  const all = new Map(one)
  for (const [state, ways] of other) add(all, state, ways)
  return all
}
