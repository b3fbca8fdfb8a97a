import { stripVTControlCharacters } from 'node:util'
import type picocolorsModule from 'picocolors'
import { escapeUnprintable } from '../text/escape-unprintable.ts'
import { columnsOf, type Surroundings } from './surroundings.ts'
import { plainText } from '../text/plain-text.ts'
import { inLocalTime } from '../text/wording.ts'
import { wrapped } from '../text/wrapped.ts'

export type Colors = ReturnType<typeof picocolorsModule.createColors>

/** Writes for people or for programs. Loaded only by the commands that show something. */
export interface Terminal {
  /** Colours on a terminal that has not refused them with `NO_COLOR`, else none. */
  readonly colors: Colors
  /** Makes a text from outside harmless; on a terminal it is cut, where it is longer. Programs get all of it. */
  cut(text: string, maxLength: number): string
  /** Times are in the zone of this process, as in tables. On a terminal it is broken between words. */
  line(text?: string): void
  /** One line of JSON for programs: nothing in it can steer a terminal. */
  json(value: unknown): void
  /**
   * A table without frames. The last column is wrapped to the width of a terminal, below the others where there is no
   * room beside them, and left in one piece for everything else.
   */
  table(head: readonly string[], rows: readonly (readonly string[])[]): void
}

export async function openTerminal({ env, stdout }: Surroundings): Promise<Terminal> {
  const [{ default: picocolors }, { default: Table }] = await Promise.all([
    import('picocolors'),
    import('cli-table3'),
  ])
  const isTerminal = stdout.isTTY === true
  const available = columnsOf(stdout)
  const colors = picocolors.createColors(isTerminal && !env['NO_COLOR'] && env['TERM'] !== 'dumb')

  return {
    colors,
    cut: (text, maxLength) => plainText(text, isTerminal ? maxLength : undefined),
    line(text = '') {
      stdout.write(`${wrapped(inLocalTime(text), available)}\n`)
    },
    json(value) {
      stdout.write(`${escapeUnprintable(JSON.stringify(value))}\n`)
    },
    table(head, rows) {
      const all = [
        ...(head.length > 0 ? [head.map((cell) => colors.dim(cell))] : []),
        ...rows.map((row) => row.map(inLocalTime)),
      ]
      const draw = (some: readonly (readonly string[])[], widths?: readonly number[]): void => {
        const table = new Table({
          chars: noFrame,
          style: { head: [], border: [], 'padding-left': 0, 'padding-right': PADDING },
          wordWrap: true,
          ...(widths !== undefined && { colWidths: [...widths] }),
        })
        const width = widths?.at(-1)
        table.push(
          ...some.map((row) => [
            ...row.slice(0, -1),
            wrapped(row.at(-1) ?? '', width && Math.max(1, width - PADDING), 0),
          ]),
        )
        // Cells are padded to the width of their column, which is of no use at the end of a line.
        stdout.write(`${table.toString().replace(/ +$/gm, '')}\n`)
      }
      if (available === undefined) {
        draw(all)
        return
      }
      const widths = columnWidths(all)
      const last = widths.pop() ?? 0
      const left = available - widths.reduce((sum, width) => sum + width, 0)
      if (left >= Math.min(last, LEAST_WIDTH)) {
        draw(all, [...widths, Math.min(last, left)])
        return
      }
      for (const row of all) {
        draw([row.slice(0, -1)], widths)
        draw([['', row.at(-1) ?? '']], [PADDING, Math.max(LEAST_WIDTH, available - PADDING)])
      }
    },
  }
}

/** Between two columns. */
const PADDING = 2

/** Where less is left for the last column, it goes below the others. */
const LEAST_WIDTH = 20

/** The width of each column, without the colours in it. */
function columnWidths(rows: readonly (readonly string[])[]): number[] {
  return (rows[0] ?? []).map(
    (_, column) =>
      Math.max(...rows.map((row) => stripVTControlCharacters(row[column] ?? '').length)) + PADDING,
  )
}

/** All that a table may have around its cells: nothing. */
export const noFrame = Object.fromEntries(
  ['top', 'bottom', 'left', 'right', 'mid', 'middle']
    .flatMap((side) => [side, `${side}-mid`, `${side}-left`, `${side}-right`])
    .map((name) => [name, '']),
)
