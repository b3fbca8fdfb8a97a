/** What JSON may consist of at most. Memory and time follow these numbers, not the bytes alone. */
export interface JsonLimits {
  /** Objects and lists, nested in each other. */
  readonly depth: number
  /** Objects and lists in all. */
  readonly containers: number
  /** Values in all: what commas, braces and brackets separate. */
  readonly values: number
}

/** From where to where a piece goes, in bytes, the end not included. */
export type Span = readonly [start: number, end: number]

export type Scanned =
  /** Which limit is exceeded. */
  | { readonly ok: false; readonly why: string }
  /** Where the objects of the list are; undefined where that cannot be told for sure. */
  | { readonly ok: true; readonly items: readonly Span[] | undefined }

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_BRACE = 0x7b
const OPEN_BRACKET = 0x5b
/** What may be between the tokens. */
const SPACES: ReadonlySet<number> = new Set([0x20, 0x09, 0x0d, 0x0a])
/** What the items of the list are inside of: the root, and the list itself. */
const LIST_DEPTH = 2

/**
 * Counts what a text of JSON consists of, before it is parsed: two bytes of it (`{}`) take a hundred of memory, and a
 * parser that runs out of memory takes the whole process with it. Text that is no JSON gives some number, which does no
 * harm.
 *
 * @param bytes - UTF-8.
 * @param listName - In ASCII: of a list at the root, whose objects are looked for.
 */
export function scanJson(bytes: Uint8Array, limits: JsonLimits, listName: string): Scanned {
  let depth = 0
  let containers = 0
  let commas = 0
  let isInList = false
  let itemStart = 0
  let items: Span[] | undefined
  let isUnclear = false
  for (let index = 0; index < bytes.length; index += 1) {
    switch (bytes[index]) {
      case QUOTE: {
        const end = endOfText(bytes, index)
        if (depth === 1) {
          const name = latin1(bytes.subarray(index + 1, end))
          isUnclear ||= name.includes('\\') || (name === listName && items !== undefined)
          if (name === listName && isListAfter(bytes, end + 1)) {
            items = []
            isInList = true
          }
        }
        index = end
        break
      }
      case OPEN_BRACE:
      case OPEN_BRACKET:
        if (depth === LIST_DEPTH) itemStart = index
        depth += 1
        containers += 1
        if (depth > limits.depth)
          return { ok: false, why: `expected nesting of at most ${limits.depth} levels, got more` }
        break
      case 0x7d: // }
        depth -= 1
        if (depth === LIST_DEPTH && isInList) items?.push([itemStart, index + 1])
        break
      case 0x5d: // ]
        depth -= 1
        if (depth < LIST_DEPTH) isInList = false
        break
      case COMMA:
        commas += 1
        break
      case undefined:
      default:
    }
  }
  if (containers > limits.containers)
    return { ok: false, why: `expected at most ${limits.containers} objects and lists, got ${containers}` }
  const values = commas + containers
  if (values > limits.values)
    return { ok: false, why: `expected at most ${limits.values} values, got ${values}` }
  return { ok: true, items: isUnclear ? undefined : items }
}

/** Whether a name has a list: `: [`. */
function isListAfter(bytes: Uint8Array, afterName: number): boolean {
  const colon = afterSpace(bytes, afterName)
  return bytes[colon] === COLON && bytes[afterSpace(bytes, colon + 1)] === OPEN_BRACKET
}

function afterSpace(bytes: Uint8Array, from: number): number {
  let index = from
  while (SPACES.has(bytes[index] ?? 0)) index += 1
  return index
}

/** @returns Where the closing quotation mark is, or the last byte. */
function endOfText(bytes: Uint8Array, start: number): number {
  for (let index = start + 1; index < bytes.length; index += 1) {
    const byte = bytes[index]
    if (byte === QUOTE) return index
    if (byte === BACKSLASH) index += 1
  }
  return bytes.length
}

const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
