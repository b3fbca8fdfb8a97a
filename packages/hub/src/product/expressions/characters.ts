/**
 * Sets of characters (UTF-16 units), as ranges that are in order and apart.
 *
 * @module
 */
import type { AST } from '@eslint-community/regexpp'

export type Characters = readonly (readonly [first: number, last: number])[]

const LAST = 0xff_ff

export const everything: Characters = [[0, LAST]]
const lineEnds: Characters = [
  [0x0a, 0x0a],
  [0x0d, 0x0d],
  [0x20_28, 0x20_29],
]
const digits: Characters = [[0x30, 0x39]]
export const wordCharacters: Characters = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
]
const spaces: Characters = [
  [0x09, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x16_80, 0x16_80],
  [0x20_00, 0x20_0a],
  [0x20_28, 0x20_29],
  [0x20_2f, 0x20_2f],
  [0x20_5f, 0x20_5f],
  [0x30_00, 0x30_00],
  [0xfe_ff, 0xfe_ff],
]

/** What a part of a pattern matches that stands for one character, without flags. */
export function charactersOf(
  element: AST.Character | AST.CharacterSet | AST.CharacterClass | AST.ExpressionCharacterClass,
): Characters {
  switch (element.type) {
    case 'Character':
      return [[element.value, element.value]]
    case 'CharacterSet':
      return setOf(element)
    case 'CharacterClass': {
      const inside = union(element.elements.map(classElement))
      return element.negate ? complement(inside) : inside
    }
    case 'ExpressionCharacterClass':
      return everything
  }
}

function classElement(element: AST.CharacterClassElement): Characters {
  if (element.type === 'CharacterClassRange') return [[element.min.value, element.max.value]]
  if (element.type === 'Character') return [[element.value, element.value]]
  return element.type === 'CharacterSet' ? setOf(element) : everything
}

function setOf(set: AST.CharacterSet): Characters {
  const named = { any: complement(lineEnds), digit: digits, word: wordCharacters, space: spaces }
  const inside = set.kind === 'property' ? everything : named[set.kind]
  return 'negate' in set && set.negate ? complement(inside) : inside
}

function union(sets: readonly Characters[]): Characters {
  const merged: [number, number][] = []
  for (const [first, last] of sets.flat().toSorted(([a], [b]) => a - b)) {
    const before = merged.at(-1)
    if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last)
    else merged.push([first, last])
  }
  return merged
}

function complement(set: Characters): Characters {
  const rest: [number, number][] = []
  let next = 0
  for (const [first, last] of set) {
    if (first > next) rest.push([next, first - 1])
    next = last + 1
  }
  if (next <= LAST) rest.push([next, LAST])
  return rest
}

/** One of these that is in none of the sets. */
export function characterOutside(sets: readonly Characters[], among: Characters): string | undefined {
  return commonCharacter(complement(union(sets)), among)
}

/** One that is in both, a readable one where there is one; undefined when none is. */
export function commonCharacter(one: Characters, other: Characters): string | undefined {
  let found: number | undefined
  for (const [first, last] of one) {
    for (const [from, to] of other) {
      const [low, high] = [Math.max(first, from), Math.min(last, to)]
      if (low > high) continue
      for (const readable of ['a', '0', '-', ' ']) {
        const code = readable.charCodeAt(0)
        if (code >= low && code <= high) return readable
      }
      found ??= low
    }
  }
  return found === undefined ? undefined : String.fromCharCode(found)
}
