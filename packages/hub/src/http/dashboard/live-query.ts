import type { LiveUnit } from '../../operate/what-is-live.ts'
import { type Choice, contains, soughtIn } from './search-form.ts'

/** Which units are shown, and how that is called; the first by default. */
const shows = [
  ['all', 'all'],
  ['running', 'running'],
  ['others', 'not running'],
] as const
/** In which order. */
const sorts = [
  ['changed', 'changed last'],
  ['name', 'by name'],
  ['traffic', 'most traffic'],
] as const

/** What of all that is live a page shows, and how; as its address has it. */
export interface LiveQuery {
  readonly q: string
  readonly show: (typeof shows)[number][0]
  readonly sort: (typeof sorts)[number][0]
  /** Begins with 1. */
  readonly page: number
}

/** Whatever the query of an address has in place of it. */
export function liveQueryOf(query: Readonly<Record<string, string | undefined>>): LiveQuery {
  return {
    q: soughtIn(query),
    show: (shows.find(([show]) => show === query['show']) ?? shows[0])[0],
    sort: (sorts.find(([sort]) => sort === query['sort']) ?? sorts[0])[0],
    page: pageIn(query),
  }
}

/** What a page can be asked for. */
export function liveChoices({ show, sort }: LiveQuery): Choice[] {
  return [
    { name: 'show', label: 'Which', options: shows, chosen: show },
    { name: 'sort', label: 'In which order', options: sorts, chosen: sort },
  ]
}

/** Begins with 1. */
export function pageIn({ page = '' }: Readonly<Record<string, string | undefined>>): number {
  return /^[1-9]\d{0,5}$/.test(page) ? Number(page) : 1
}

/** What is asked for, in order. Takes time in proportion to how much there is. */
export function chosenOf(units: readonly LiveUnit[], { q, show, sort }: LiveQuery): LiveUnit[] {
  const chosen = units.filter(
    (unit) =>
      (show === 'all' || unit.isRunning === (show === 'running')) && (q === '' || contains(textOf(unit), q)),
  )
  return chosen.toSorted((a, b) => {
    if (sort === 'changed' && changedAt(a) !== changedAt(b)) return changedAt(b) - changedAt(a)
    if (sort === 'traffic' && trafficOf(a) !== trafficOf(b)) return trafficOf(b) - trafficOf(a)
    return a.key < b.key ? -1 : 1
  })
}

/** All that is shown of a unit. */
function textOf({ key, kind, status, rules }: LiveUnit): string {
  return [
    ...[key, kind, status],
    ...rules.flatMap(({ name = '', segment, group = '', split, variables }) => [
      ...[name, segment, group, ...variables],
      ...split.map((share) => share.name),
    ]),
  ].join('\n')
}

const changedAt = ({ changes }: LiveUnit): number => changes[0]?.revision ?? 0
const trafficOf = ({ rules }: LiveUnit): number => Math.max(0, ...rules.map(({ traffic = 0 }) => traffic))
