/**
 * Reads object literals as languages write them: JSON, JavaScript, Python, Ruby, PHP. Nothing is run.
 *
 * @module
 */

/** Where reading ends, in levels: settings-files have a dozen. */
const DEEPEST = 60

const constants: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['true', true],
  ['True', true],
  ['false', false],
  ['False', false],
  ['null', null],
  ['None', null],
  ['nil', null],
  ['undefined', undefined],
])

/** What was read, and where it ended. */
export interface Literal {
  readonly value: unknown
  readonly end: number
}

class NoLiteral extends Error {}

/** @returns undefined where there is no literal at this place, or one that is made of more than values. */
export function readLiteral(text: string, at: number): Literal | undefined {
  let position = at

  function skip(): void {
    const blank = /(?:\s+|\/\/[^\n]*|\/\*[^]*?\*\/|#[^\n]*)*/y
    blank.lastIndex = position
    position += blank.exec(text)?.[0].length ?? 0
  }

  function match(pattern: RegExp): string | undefined {
    pattern.lastIndex = position
    const found = pattern.exec(text)?.[0]
    if (found !== undefined) position += found.length
    return found
  }

  function string(quote: string): string {
    position += 1
    let read = ''
    for (;;) {
      const character = text[position]
      if (character === undefined || (character === '\n' && quote !== '`')) throw new NoLiteral()
      position += 1
      if (character === quote) return read
      if (character !== '\\') {
        read += character
        continue
      }
      const escaped = text[position] ?? ''
      position += 1
      if (escaped === 'u') {
        read += String.fromCodePoint(Number.parseInt(text.slice(position, position + 4), 16) || 0)
        position += 4
      } else
        read +=
          ({ n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' } as Record<string, string>)[escaped] ?? escaped
    }
  }

  function value(depth: number): unknown {
    if (depth > DEEPEST) throw new NoLiteral()
    skip()
    const character = text[position] ?? ''
    if (character === '{' || character === '[') return many(character, depth)
    if (character === '"' || character === "'" || character === '`') return string(character)
    const number = match(/-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y)
    if (number !== undefined) return Number(number)
    const word = match(/[A-Za-z_]\w*/y) ?? ''
    if (!constants.has(word)) throw new NoLiteral()
    return constants.get(word)
  }

  /** A list, or pairs: PHP writes both with the same brackets. */
  function many(open: '{' | '[', depth: number): unknown {
    const close = open === '{' ? '}' : ']'
    const list: unknown[] = []
    const pairs: [string, unknown][] = []
    position += 1
    for (;;) {
      skip()
      if (text[position] === close) break
      const start = position
      const name = match(/[A-Za-z_$][\w$]*(?=\s*:)/y)
      const first = name ?? value(depth + 1)
      skip()
      const colon = match(/=>|:/y)
      if (colon === undefined) {
        if (open === '{' || position === start) throw new NoLiteral()
        list.push(first)
      } else pairs.push([String(first), value(depth + 1)])
      skip()
      if (text[position] === ',') position += 1
      else if (text[position] !== close) throw new NoLiteral()
    }
    position += 1
    if (pairs.length > 0 && list.length > 0) throw new NoLiteral()
    return open === '{' || pairs.length > 0 ? Object.fromEntries(pairs) : list
  }

  try {
    return { value: value(0), end: position }
  } catch (error) {
    if (error instanceof NoLiteral) return undefined
    throw error
  }
}
