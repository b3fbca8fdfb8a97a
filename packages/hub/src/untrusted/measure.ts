/** What JSON may consist of at most. Memory and time follow these numbers, not the bytes alone. */
export interface JsonLimits {
  /** Objects and lists, nested in each other. */
  readonly depth: number
  /** Objects and lists in all. */
  readonly containers: number
  /** Values in all: what commas, braces and brackets separate. */
  readonly values: number
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c

/**
 * Counts what a text of JSON consists of, before it is parsed: two bytes of it (`{}`) take a hundred of memory, and a
 * parser that runs out of memory takes the whole process with it. Text that is no JSON gives some number, which does no
 * harm.
 *
 * @param bytes - UTF-8.
 * @returns Which limit is exceeded; undefined when none is.
 */
export function findExcess(bytes: Uint8Array, limits: JsonLimits): string | undefined {
  let depth = 0
  let containers = 0
  let commas = 0
  for (let index = 0; index < bytes.length; index += 1) {
    switch (bytes[index]) {
      case QUOTE:
        index = endOfText(bytes, index)
        break
      case 0x7b: // {
      case 0x5b: // [
        depth += 1
        containers += 1
        if (depth > limits.depth) return `expected nesting of at most ${limits.depth} levels, got more`
        break
      case 0x7d: // }
      case 0x5d: // ]
        depth -= 1
        break
      case COMMA:
        commas += 1
        break
      case undefined:
      default:
    }
  }
  if (containers > limits.containers)
    return `expected at most ${limits.containers} objects and lists, got ${containers}`
  const values = commas + containers
  return values > limits.values ? `expected at most ${limits.values} values, got ${values}` : undefined
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
