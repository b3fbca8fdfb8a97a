/**
 * How a preview reads.
 *
 * @module
 */
import { plainText } from '../../text/plain-text.ts'
import { counted, nameOf } from '../../text/words.ts'
import {
  type Fits,
  type Flow,
  movingOf,
  movingShareOf,
  type PopulationMoves,
  type Preview,
  type UnitPreview,
} from './preview.ts'

/** At most this many are named in one line. */
const NAMED = 3

/**
 * `12.1 % of users move: 6.0 % enter, 0 % leave, 6.1 % get something else`; of users who are told from others
 * `of users who fit its segment only before 100.0 % move: …`.
 */
export function movesInWords(
  moves: PopulationMoves,
  unit: Pick<UnitPreview, 'kind' | 'populations'>,
): string {
  const { enter, leave, change, users } = moves
  const whose = whoseInWords(moves, unit)
  const moving = movingOf(moves)
  const share = moving === 0 ? 'none' : percent(moving, users)
  const who = whose === undefined ? `${share} of users` : `of users ${whose} ${share}`
  if (moving === 0) return `${who} move`
  const parts = [`${percent(enter, users)} enter`, `${percent(leave, users)} leave`]
  return `${who} move: ${[...parts, `${percent(change, users)} get something else`].join(', ')}`
}

/** The kinds of users of whom some move, each in a line; those of whom none do, in one; and those of whom it is not known. */
export function unitInWords(unit: UnitPreview): {
  moving: { text: string; flows: string[] }[]
  still?: string
  unknown?: string
} {
  const { populations, unknown } = unit
  const moving = populations.filter((each) => movingOf(each) > 0)
  const still = populations.filter((each) => movingOf(each) === 0)
  const stillOf = still.flatMap((each) =>
    each.fits === 'neither' && still.length > 1 ? [] : (whoseInWords(each, unit) ?? []),
  )
  const most = Math.max(...still.map(({ users }) => users))
  return {
    moving: moving.map((each) => ({
      text: movesInWords(each, unit),
      flows: each.flows.map((flow) => flowInWords(flow, each.users)),
    })),
    ...(still.length > 0 && {
      still: `none of ${counted(most, 'user')}${stillOf.length === 0 ? '' : ` ${stillOf.slice(0, NAMED).join(', or ')}`} moves${unknown.includes('heldOut') ? ', holdouts aside' : ''}`,
    }),
    ...(unknown.length > 0 && { unknown: unknownInWords(unknown) }),
  }
}

function unknownInWords(unknown: UnitPreview['unknown']): string {
  const made = unknown.filter((each) => each !== 'heldOut')
  const who = made.map((fits) => `users ${fits === 'listed' ? 'listed in its whitelists' : whoInWords[fits]}`)
  return [
    ...(made.length > 0 ? [`whether ${who.join(', or ')} move is not known: none could be made`] : []),
    ...(made.length < unknown.length
      ? ['whom holdouts move is not known: SDKs since 1.39 decide by them, and the SDK of the hub does not']
      : []),
  ].join('; ')
}

const whoInWords: Readonly<Record<Fits, string>> = {
  all: 'of all kinds',
  both: 'who fit its segment before and now',
  before: 'who fit its segment only before',
  after: 'who fit its segment only now',
  neither: 'who do not fit its segment',
  given: 'with variables of their own',
}

/** What tells users from those of other kinds; nothing where there is one kind. */
function whoseInWords(
  { fits, with: more }: PopulationMoves,
  { kind, populations }: Pick<UnitPreview, 'kind' | 'populations'>,
): string | undefined {
  const isOnlyGiven = populations.every((each) => each.fits === 'given')
  if (more === undefined && (fits === 'all' || isOnlyGiven)) return undefined
  // Where the same users fit as before there is no before and now.
  const isSame = !populations.some((each) => each.fits === 'before' || each.fits === 'after')
  const isFit = fits === 'both' ? isSame : kind !== 'changed' && (fits === 'before' || fits === 'after')
  const who = fits === 'all' ? undefined : isFit ? 'who fit its segment' : whoInWords[fits]
  return [who, more].filter(Boolean).join(', ')
}

/** `Control → Variation-1 6.1 %`; who is not in it is `nothing`. */
function flowInWords({ from, to, users: count }: Flow, users: number): string {
  const named = (name: string | undefined): string => (name === undefined ? 'nothing' : nameOf(name))
  return `${named(from)} → ${named(to)} ${percent(count, users)}`
}

/**
 * In one line for the audit stream: `12 % of users of checkout-test move, 3 % of menu`. What is new or gone
 * is not in it: that all of its users enter or leave goes without saying. Of several kinds of users those are named of
 * whom most move.
 *
 * @returns undefined when nobody moves, as far as is known.
 */
export function previewInOneLine({ noun, units, undecided = 0 }: Preview): string | undefined {
  const moving = units.filter((each) => each.kind === 'changed' && movingShareOf(each) > 0)
  if (moving.length === 0) return undefined
  const listed = moving.slice(0, NAMED).map((unit, index) => {
    const [most] = unit.populations
    if (most === undefined) return ''
    const whose = whoseInWords(most, unit)
    const verb = index === 0 ? ' move' : ''
    const share = percent(movingOf(most), most.users, 0)
    return `${share} of ${index === 0 ? 'users of ' : ''}${nameOf(unit.unit)}${whose === undefined ? '' : ` ${whose}`}${verb}`
  })
  const more = moving.length > NAMED ? `, and of ${moving.length - NAMED} more` : ''
  const left = undecided > 0 ? `; ${counted(undecided, noun)} not looked at, for want of time` : ''
  return plainText(`${listed.join(', ')}${more}${left}`)
}

/** `6.1 %`, `0 %`, and `< 0.1 %` for what would be rounded to nothing. */
function percent(count: number, users: number, digits = 1): string {
  if (count === 0) return '0 %'
  const share = (100 * count) / users
  const least = 10 ** -digits
  return share < least ? `< ${least} %` : `${share.toFixed(digits)} %`
}
