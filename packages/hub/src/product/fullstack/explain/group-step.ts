import type { SettingsFile } from '@vwo-hub/protocol/fullstack'
import { nameOf } from '../../../text/words.ts'
import type { GroupStep } from '../../explain/decision-path.ts'
import { choicesIn, isNote, notesIn, rangeDetails, type Trace } from './trace.ts'

/** What follows the choice among the campaigns of a group. */
const chosenLines: ReadonlySet<string> = new Set([
  'MEG_GOT_WINNER_CAMPAIGN',
  'MEG_CALLED_CAMPAIGN_NOT_WINNER',
  'USER_HASH_BUCKET_VALUE',
])

/**
 * Which campaign of a group gets the user: of those campaigns one at most does.
 *
 * @param trace - From the end of whitelisting on.
 * @returns undefined for a campaign that is in no group.
 */
export function groupStep({ key }: SettingsFile['campaigns'][number], trace: Trace): GroupStep | undefined {
  const notes = notesIn(trace)
  const other = notes.find(({ line }) => line === 'OTHER_CAMPAIGN_SATISFIES_WHITELISTING_STORAGE')
  const eligible = notes.find(
    ({ line, eligibleCampaignKeys }) =>
      line === 'MEG_ELIGIBLE_CAMPAIGNS' && eligibleCampaignKeys !== undefined,
  )
  const group = nameOf(String((other ?? eligible)?.['groupName'] ?? 'without a name'))
  if (other !== undefined) {
    const winner = nameOf(String(other['campaignKey']))
    return {
      isPassed: false,
      text: `Group ${group}: the user is whitelisted for ${winner}, and so not in this campaign.`,
      details: [],
    }
  }
  if (eligible === undefined) return undefined

  const won = notes.find(({ line }) => line === 'MEG_GOT_WINNER_CAMPAIGN')
  const isLost = notes.some(({ line }) => line === 'MEG_CALLED_CAMPAIGN_NOT_WINNER')
  const from = trace.indexOf(eligible)
  const until = trace.findIndex((item, index) => index > from && isNote(item) && chosenLines.has(item.line))
  const choice = choicesIn(trace.slice(from, until === -1 ? undefined : until))[0]
  const candidates = [
    `could get the user: ${namesIn(eligible['eligibleCampaignKeys'])}`,
    `could not: ${namesIn(String(eligible['inEligibleText']).replace(/^campaigns: /, ''))}`,
  ]
  const details = [...candidates, ...rangeDetails(choice)]
  const number = choice === undefined ? '' : `the user's number from 1 to 10000 is ${choice.bucketValue}, `
  if (won !== undefined) {
    const winner = String(won['campaignKey'])
    const how = choice === undefined ? 'by priority ' : number
    const text = isLost
      ? `Group ${group}: ${how}${nameOf(winner)} gets the user, not this campaign.`
      : `Group ${group}: ${how}${nameOf(key)} gets the user.`
    return { isPassed: !isLost, text, details }
  }
  if (isLost) return { isPassed: false, text: `Group ${group}: ${number}no campaign gets the user.`, details }
  if (choice === undefined) {
    return { isPassed: true, text: `Group ${group}: no other campaign could get the user.`, details }
  }
  // Equal shares are rounded down, and who is in the gap at the end makes the SDK throw.
  return { isPassed: false, text: `Group ${group}: ${number}which no campaign has: the SDK fails.`, details }
}

function namesIn(list: unknown): string {
  return typeof list === 'string' && list !== '' && list !== 'no campaigns'
    ? list.split(',').map(nameOf).join(', ')
    : 'none'
}
