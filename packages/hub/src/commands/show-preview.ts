import type { Preview } from '../product/preview/preview.ts'
import { unitInWords } from '../product/preview/moves-in-words.ts'
import { counted, nameOf } from '../text/words.ts'
import type { Terminal } from './terminal.ts'

/** So many flows of one unit are shown. */
const SHOWN_FLOWS = 4

/** Who moves, for people: one line for each unit, and below it from what to what. */
export function showPreview(terminal: Terminal, { noun, users, units, undecided = 0 }: Preview): void {
  const { colors } = terminal
  if (units.length === 0 && undecided === 0) {
    terminal.line('Nobody moves: nothing decides otherwise.')
    return
  }
  for (const unit of units) {
    const state = unit.kind === 'added' ? ' (new)' : unit.kind === 'removed' ? ' (gone)' : ''
    const { moving, still, unknown } = unitInWords(unit)
    const rest = [
      ...(still === undefined ? [] : [still]),
      ...(unknown === undefined ? [] : [colors.yellow(unknown)]),
    ]
    const lines = [...moving.map(({ text }) => colors.yellow(text)), ...rest]
    const name = `${colors.bold(nameOf(unit.unit))}${state}`
    const [only = 'nothing is known of its users'] = lines
    terminal.line(lines.length > 1 ? name : `${name}: ${only}`)
    for (const [index, line] of lines.entries()) {
      if (lines.length > 1) terminal.line(`  ${line}`)
      const flows = moving[index]?.flows ?? []
      if (flows.length === 0) continue
      const more = flows.length > SHOWN_FLOWS ? `, and ${flows.length - SHOWN_FLOWS} more` : ''
      terminal.line(`${lines.length > 1 ? '    ' : '  '}${flows.slice(0, SHOWN_FLOWS).join(', ')}${more}`)
    }
  }
  if (undecided > 0) {
    const left = `${counted(undecided, noun)} more that may decide otherwise: there was no time for them. --timeout gives more`
    terminal.line(colors.yellow(left))
  }
  terminal.line(colors.dim(`\nDecided for ${counted(users, 'user')} by the real SDK.`))
}
