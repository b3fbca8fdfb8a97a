/**
 * Just enough of RESP3 to know where a reply ends: thousands of bare clients share one process, and parsing for real
 * would measure the parser.
 *
 * @module
 */
const CR = 13

/** @returns Where the reply that begins at `start` ends, or undefined where it is not complete. */
export function endOfReply(bytes: Buffer, start: number): number | undefined {
  const lineEnd = bytes.indexOf(CR, start)
  if (lineEnd < 0 || lineEnd + 2 > bytes.length) return undefined
  const next = lineEnd + 2
  switch (String.fromCharCode(bytes[start] ?? 0)) {
    case '$':
    case '=':
    case '!': {
      const length = numberIn(bytes, start + 1, lineEnd)
      const end = length < 0 ? next : next + length + 2
      return end <= bytes.length ? end : undefined
    }
    case '*':
    case '~':
    case '>':
      return endOfReplies(bytes, next, numberIn(bytes, start + 1, lineEnd))
    case '%':
      return endOfReplies(bytes, next, 2 * numberIn(bytes, start + 1, lineEnd))
    default:
      return next
  }
}

function endOfReplies(bytes: Buffer, start: number, count: number): number | undefined {
  let end: number | undefined = start
  for (let index = 0; index < count && end !== undefined; index += 1) end = endOfReply(bytes, end)
  return end
}

const numberIn = (bytes: Buffer, start: number, end: number): number =>
  Number(bytes.toString('latin1', start, end))
