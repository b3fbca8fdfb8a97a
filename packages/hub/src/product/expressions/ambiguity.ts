/**
 * Finds what makes a backtracking matcher try without end: a loop that the same text leads through in two ways. With
 * each repetition of that text the ways double, and where the match then fails all of them are tried.
 *
 * @see A. Weber, H. Seidl, "On the degree of ambiguity of finite automata", 1991
 * @module
 */
import type { Automaton } from './automaton.ts'
import { commonCharacter, everything } from './characters.ts'

/** A text that leads into a loop, and one that leads through it. */
export interface Pump {
  readonly prefix: string
  readonly pump: string
}

/** So many pairs of steps are looked at for one pattern; beyond that it is not decided. */
const MOST_STEPS = 2_000_000

/** Of each of the first loops, however they are nested, a way through it. */
export function loopsOf(automaton: Automaton, most: number): Pump[] {
  const { component, inside } = loopsIn(automaton)
  const seen = new Set<number | undefined>()
  const loops: Pump[] = []
  for (const state of automaton.next.keys()) {
    if (loops.length >= most) break
    if (seen.has(component[state])) continue
    seen.add(component[state])
    const back = path(inside(state), (to) => to === state, inside)
    if (back !== undefined) loops.push({ prefix: prefixTo(automaton, state), pump: textOf(automaton, back) })
  }
  return loops
}

/** A loop that the same text leads through in two ways. */
export function findPump(automaton: Automaton): Pump | 'none' | 'undecided' {
  const { component, inside } = loopsIn(automaton)

  // The same step in two ways: (a*)*
  for (const [from, steps] of automaton.next.entries()) {
    for (const [to, ways] of steps) {
      if (ways < 2 || component[from] !== component[to]) continue
      const back = path([to], (state) => state === from, inside)
      if (back !== undefined) return { prefix: prefixTo(automaton, from), pump: textOf(automaton, back) }
    }
  }
  return findPair(automaton, inside)
}

/** Which states lead to each other, and the steps from one that stay among those. */
function loopsIn({ next }: Automaton): { component: number[]; inside: (state: number) => number[] } {
  const states = [...next.keys()]
  const found = componentsFrom(states, (state) => next[state]?.keys() ?? [])
  const component = states.map((state) => found.get(state) ?? -1)
  const inside = (from: number): number[] =>
    [...(next[from]?.keys() ?? [])].filter((to) => component[to] === component[from])
  return { component, inside }
}

/** Two different walks with the same text from a state to itself. A pair of states is a number. */
function findPair(automaton: Automaton, inside: (state: number) => number[]): Pump | 'none' | 'undecided' {
  const { states } = automaton
  const count = states.length
  const steps = new Map<number, number[]>()
  let looked = 0
  const follow = (pair: number): number[] => {
    const known = steps.get(pair)
    if (known !== undefined) return known
    const following: number[] = []
    const [one, other] = [Math.floor(pair / count), pair % count]
    const others = inside(other)
    for (const a of inside(one)) {
      for (const b of others) {
        looked += 1
        if (looked > MOST_STEPS) throw undecided
        if (commonCharacter(states[a] ?? [], states[b] ?? []) !== undefined) following.push(a * count + b)
      }
    }
    steps.set(pair, following)
    return following
  }
  const isDiagonal = (pair: number): boolean => Math.floor(pair / count) === pair % count

  try {
    const diagonals = Array.from({ length: count }, (_, state) => state * count + state)
    const component = componentsFrom(diagonals, follow)
    for (const diagonal of diagonals) {
      const within = (pair: number): number[] =>
        follow(pair).filter((to) => component.get(to) === component.get(diagonal))
      const away = path(within(diagonal), (pair) => !isDiagonal(pair), within)
      if (away === undefined) continue
      const back = path(within(away.at(-1) ?? 0), (pair) => pair === diagonal, within)
      if (back === undefined) continue
      const pump = [...away, ...back]
        .map((pair) => commonCharacter(states[Math.floor(pair / count)] ?? [], states[pair % count] ?? []))
        .join('')
      return { prefix: prefixTo(automaton, diagonal % count), pump }
    }
    return 'none'
  } catch (error) {
    if (error === undecided) return 'undecided'
    throw error
  }
}

const undecided = new Error('undecided')

function prefixTo(automaton: Automaton, state: number): string {
  const { first, next } = automaton
  const way = path(
    first,
    (candidate) => candidate === state,
    (from) => [...(next[from]?.keys() ?? [])],
  )
  return textOf(automaton, way ?? [])
}

function textOf({ states }: Automaton, way: readonly number[]): string {
  return way.map((state) => commonCharacter(states[state] ?? [], everything)).join('')
}

/** The shortest way from one of the starts to a goal, both included. */
function path(
  starts: readonly number[],
  isGoal: (node: number) => boolean,
  follow: (node: number) => Iterable<number>,
): number[] | undefined {
  const from = new Map<number, number | undefined>(starts.map((start) => [start, undefined]))
  for (const node of from.keys()) {
    if (isGoal(node)) return wayTo(node, from)
    for (const to of follow(node)) if (!from.has(to)) from.set(to, node)
  }
  return undefined
}

/** @param cameFrom - Of each node that was come to, the one before it. */
export function wayTo(node: number, cameFrom: ReadonlyMap<number, number | undefined>): number[] {
  const way: number[] = []
  for (let step: number | undefined = node; step !== undefined; step = cameFrom.get(step)) way.unshift(step)
  return way
}

/**
 * The strongly connected components of what can be reached, by number; without recursion.
 *
 * @see R. Tarjan, "Depth-first search and linear graph algorithms", 1972
 */
function componentsFrom(
  starts: readonly number[],
  follow: (node: number) => Iterable<number>,
): Map<number, number> {
  const component = new Map<number, number>()
  const order = new Map<number, number>()
  const low = new Map<number, number>()
  const open: number[] = []
  const lower = (node: number, value: number): void =>
    void low.set(node, Math.min(low.get(node) ?? value, value))
  for (const start of starts) {
    if (order.has(start)) continue
    const visits = [enter(start)]
    for (let visit = visits.at(-1); visit !== undefined; visit = visits.at(-1)) {
      const step = visit.following.next()
      if (step.done !== true) {
        const known = order.get(step.value)
        if (known === undefined) visits.push(enter(step.value))
        else if (!component.has(step.value)) lower(visit.node, known)
        continue
      }
      visits.pop()
      const lowest = low.get(visit.node) ?? 0
      if (lowest === order.get(visit.node)) close(visit.node)
      const parent = visits.at(-1)
      if (parent !== undefined && !component.has(visit.node)) lower(parent.node, lowest)
    }
  }
  return component

  function enter(node: number): { node: number; following: Iterator<number> } {
    order.set(node, order.size)
    lower(node, order.size - 1)
    open.push(node)
    return { node, following: follow(node)[Symbol.iterator]() }
  }

  function close(root: number): void {
    const name = order.get(root) ?? 0
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      component.set(node, name)
      if (node === root) return
    }
  }
}
