import { stripVTControlCharacters } from 'node:util'

/** A word with the spaces before it; a command stays in one piece, so that it can be copied. */
const PIECES = / *(?:"?vwo-hub(?: \S+?)+(?:[.;,:)"]+(?= |$)|$)|\S+)/g
const WORDS = / *\S+/g

/**
 * Breaks lines between words where they are wider than a terminal. What is wider by itself stays whole, and colours take no
 * room.
 *
 * @param columns - undefined: everything stays as it is.
 * @param hang - So many more spaces are before what follows of a line than before its beginning.
 */
export function wrapped(text: string, columns: number | undefined, hang = 2): string {
  if (columns === undefined) return text
  return text
    .split('\n')
    .flatMap((line) => (widthOf(line) <= columns ? [line] : wrappedLine(line, columns, hang)))
    .join('\n')
}

/**
 * The same of what has paragraphs: lines of one that is too wide flow into each other. Lines that begin with a space are none of
 * a paragraph.
 */
export function wrappedParagraphs(text: string, columns: number | undefined): string {
  if (columns === undefined) return text
  const paragraphs: string[][] = []
  let isOpen = false
  for (const line of text.split('\n')) {
    const isProse = /^\S/.test(line)
    if (isOpen && isProse) paragraphs.at(-1)?.push(line)
    else paragraphs.push([line])
    isOpen = isProse
  }
  return paragraphs
    .map((lines) => {
      const fits = lines.every((line) => widthOf(line) <= columns)
      return wrapped(lines.join(fits ? '\n' : ' '), columns, lines.length > 1 ? 0 : 2)
    })
    .join('\n')
}

function wrappedLine(line: string, columns: number, hang: number): string[] {
  const indent = ' '.repeat(/^ */.exec(line)?.[0].length ?? 0) + ' '.repeat(hang)
  const room = columns - indent.length
  const pieces = (line.match(PIECES) ?? []).flatMap((piece) =>
    widthOf(piece.trimStart()) > room ? (piece.match(WORDS) ?? []) : [piece],
  )
  const lines: string[] = []
  let last = ''
  for (const piece of pieces) {
    if (last === '' || widthOf(last + piece) <= columns) last += piece
    else {
      lines.push(last)
      last = indent + piece.trimStart()
    }
  }
  return [...lines, last]
}

function widthOf(text: string): number {
  return stripVTControlCharacters(text).length
}
