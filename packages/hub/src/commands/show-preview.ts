import { movingOf, type Preview } from '../product/fullstack/preview/preview.ts'
import { flowInWords, movesInWords } from '../product/fullstack/preview/preview-words.ts'
import { counted, nameOf } from '../product/fullstack/summary/words.ts'
import type { Terminal } from './terminal.ts'

/** So many flows of one campaign are shown. */
const SHOWN_FLOWS = 4

/** Who moves, for people: one line for each campaign, and below it from what to what. */
export function showPreview(terminal: Terminal, { users, campaigns }: Preview): void {
  const { colors } = terminal
  if (campaigns.length === 0) {
    terminal.line('Nobody moves: no campaign decides otherwise.')
    return
  }
  for (const campaign of campaigns) {
    const isMoving = movingOf(campaign) > 0
    const words = movesInWords(campaign, users)
    const state = campaign.kind === 'added' ? ' (new)' : campaign.kind === 'removed' ? ' (gone)' : ''
    const fitted = campaign.isFitted ? colors.dim(', of users made to fit its segment') : ''
    terminal.line(
      `${colors.bold(nameOf(campaign.campaign))}${state}: ${isMoving ? colors.yellow(words) : words}${fitted}`,
    )
    const { flows } = campaign
    if (flows.length === 0) continue
    const shown = flows.slice(0, SHOWN_FLOWS).map((flow) => flowInWords(flow, users))
    const more = flows.length > SHOWN_FLOWS ? `, and ${flows.length - SHOWN_FLOWS} more` : ''
    terminal.line(`  ${shown.join(', ')}${more}`)
  }
  terminal.line(colors.dim(`\nDecided for ${counted(users, 'user')} by the real SDK.`))
}
