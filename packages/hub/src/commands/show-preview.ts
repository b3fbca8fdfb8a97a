import { movingOf, type Preview } from '../product/preview.ts'
import { flowInWords, movesInWords } from '../product/preview-words.ts'
import { counted, nameOf } from '../text/words.ts'
import type { Terminal } from './terminal.ts'

/** So many flows of one unit are shown. */
const SHOWN_FLOWS = 4

/** Who moves, for people: one line for each unit, and below it from what to what. */
export function showPreview(terminal: Terminal, { users, units, undecided = 0 }: Preview): void {
  const { colors } = terminal
  if (units.length === 0 && undecided === 0) {
    terminal.line('Nobody moves: nothing decides otherwise.')
    return
  }
  for (const unit of units) {
    const isMoving = movingOf(unit) > 0
    const words = movesInWords(unit, users)
    const state = unit.kind === 'added' ? ' (new)' : unit.kind === 'removed' ? ' (gone)' : ''
    const fitted = unit.isFitted ? colors.dim(', of users made to fit its segment') : ''
    terminal.line(
      `${colors.bold(nameOf(unit.unit))}${state}: ${isMoving ? colors.yellow(words) : words}${fitted}`,
    )
    const { flows } = unit
    if (flows.length === 0) continue
    const shown = flows.slice(0, SHOWN_FLOWS).map((flow) => flowInWords(flow, users))
    const more = flows.length > SHOWN_FLOWS ? `, and ${flows.length - SHOWN_FLOWS} more` : ''
    terminal.line(`  ${shown.join(', ')}${more}`)
  }
  if (undecided > 0) {
    const left = `${counted(undecided, 'campaign')} more that may decide otherwise: there was no time for them. --timeout gives more`
    terminal.line(colors.yellow(left))
  }
  terminal.line(colors.dim(`\nDecided for ${counted(users, 'user')} by the real SDK.`))
}
