/**
 * How a preview reads.
 *
 * @module
 */
import { plainText } from '../text/plain-text.ts'
import { counted, nameOf } from '../text/words.ts'
import { type Flow, type Moves, movingOf, type Preview } from './preview.ts'

/** At most this many are named in one line. */
const NAMED = 3

/** `12.1 % of users move: 6.0 % enter, 0 % leave, 6.1 % change variation` */
export function movesInWords(moves: Moves, users: number): string {
  const { enter, leave, change } = moves
  const moving = movingOf(moves)
  if (moving === 0) return 'nobody moves'
  const parts = [`${percent(enter, users)} enter`, `${percent(leave, users)} leave`]
  return `${percent(moving, users)} of users move: ${[...parts, `${percent(change, users)} change variation`].join(', ')}`
}

/** `Control → Variation-1 6.1 %`; who is not in it is `nothing`. */
export function flowInWords({ from, to, users: count }: Flow, users: number): string {
  const named = (name: string | undefined): string => (name === undefined ? 'nothing' : nameOf(name))
  return `${named(from)} → ${named(to)} ${percent(count, users)}`
}

/**
 * In one line for the audit stream: `12 % of users of checkout-test move, 3 % of menu`. What is new or gone
 * is not in it: that all of its users enter or leave goes without saying.
 *
 * @returns undefined when nobody moves.
 */
export function previewInOneLine({ units, users, undecided = 0 }: Preview): string | undefined {
  const moving = units.filter((each) => each.kind === 'changed' && movingOf(each) > 0)
  if (moving.length === 0) return undefined
  const [first, ...others] = moving.slice(0, NAMED).map((each) => ({
    share: percent(movingOf(each), users, 0),
    name: nameOf(each.unit),
  }))
  const listed = [
    `${first?.share} of users of ${first?.name} move`,
    ...others.map(({ share, name }) => `${share} of ${name}`),
  ]
  const more = moving.length > NAMED ? `, and of ${moving.length - NAMED} more` : ''
  const left = undecided > 0 ? `; ${counted(undecided, 'campaign')} not looked at, for want of time` : ''
  return plainText(`${listed.join(', ')}${more}${left}`)
}

/** `6.1 %`, `0 %`, and `< 0.1 %` for what would be rounded to nothing. */
function percent(count: number, users: number, digits = 1): string {
  if (count === 0) return '0 %'
  const share = (100 * count) / users
  const least = 10 ** -digits
  return share < least ? `< ${least} %` : `${share.toFixed(digits)} %`
}
