import type picocolorsModule from 'picocolors'
import type { Surroundings } from './surroundings.ts'

export type Colors = ReturnType<typeof picocolorsModule.createColors>

/** Writes for people or for programs. Loaded only by the commands that show something. */
export interface Terminal {
  /** Colours on a terminal that has not refused them with `NO_COLOR`, else none. */
  readonly colors: Colors
  line(text?: string): void
  /** One line of JSON for programs: nothing in it can steer a terminal. */
  json(value: unknown): void
  /**
   * A table without frames. The last column is wrapped to the width of a terminal, and left in one piece for
   * everything else.
   */
  table(head: readonly string[], rows: readonly (readonly string[])[]): void
}

export async function openTerminal({ env, stdout }: Surroundings): Promise<Terminal> {
  const [{ default: picocolors }, { default: Table }] = await Promise.all([
    import('picocolors'),
    import('cli-table3'),
  ])
  const isTerminal = stdout.isTTY === true
  const colors = picocolors.createColors(isTerminal && !env['NO_COLOR'] && env['TERM'] !== 'dumb')

  return {
    colors,
    line(text = '') {
      stdout.write(`${text}\n`)
    },
    json(value) {
      stdout.write(`${escapeUnprintable(JSON.stringify(value))}\n`)
    },
    table(head, rows) {
      const widths = columnWidths([head, ...rows], isTerminal ? stdout.columns : undefined)
      const table = new Table({
        chars: noFrame,
        style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
        wordWrap: true,
        ...(widths !== undefined && { colWidths: widths }),
      })
      if (head.length > 0) table.push(head.map((cell) => colors.dim(cell)))
      table.push(...rows.map((row) => [...row]))
      // Cells are padded to the width of their column, which is of no use at the end of a line.
      stdout.write(`${table.toString().replace(/ +$/gm, '')}\n`)
    },
  }
}

/** Puts what a terminal would obey into JSON's own escapes: the same JSON, seen. */
export function escapeUnprintable(json: string): string {
  return json.replace(/[\p{Cf}\u007F-\u009F\u2028\u2029]/gu, (character) =>
    [...Array(character.length).keys()]
      .map((index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`)
      .join(''),
  )
}

const minimalWidth = 20

/** The width of each column, the last one shortened to what is left of the line. */
function columnWidths(
  rows: readonly (readonly string[])[],
  available: number | undefined,
): number[] | undefined {
  if (available === undefined) return undefined
  const padding = 2
  const widths = (rows[0] ?? []).map(
    (_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)) + padding,
  )
  const last = widths.pop()
  if (last === undefined) return undefined
  const taken = widths.reduce((sum, width) => sum + width, 0)
  return [...widths, Math.min(last, Math.max(minimalWidth, available - taken))]
}

const noFrame = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
}
