import type { LiveUnit } from '../../operate/what-is-live.ts'

const shows = ['all', 'running', 'others'] as const
const sorts = ['changed', 'name', 'traffic'] as const
/** Longer texts to look for are cut. */
const MOST_SOUGHT = 100

/** What of all that is live a page shows, and how; as its address has it. */
export interface LiveQuery {
  readonly q: string
  readonly show: (typeof shows)[number]
  readonly sort: (typeof sorts)[number]
  /** Begins with 1. */
  readonly page: number
}

/** Whatever the query of an address has in place of it. */
export function liveQueryOf(query: Readonly<Record<string, string | undefined>>): LiveQuery {
  return {
    q: (query['q'] ?? '').trim().slice(0, MOST_SOUGHT),
    show: shows.find((show) => show === query['show']) ?? 'all',
    sort: sorts.find((sort) => sort === query['sort']) ?? 'changed',
    page: pageIn(query),
  }
}

/** Begins with 1. */
export function pageIn({ page = '' }: Readonly<Record<string, string | undefined>>): number {
  return /^[1-9]\d{0,5}$/.test(page) ? Number(page) : 1
}

/** What is asked for, in order. Takes time in proportion to how much there is. */
export function chosenOf(units: readonly LiveUnit[], { q, show, sort }: LiveQuery): LiveUnit[] {
  const sought = q.toLowerCase()
  const chosen = units.filter(
    (unit) =>
      (show === 'all' || unit.isRunning === (show === 'running')) &&
      (sought === '' || textOf(unit).toLowerCase().includes(sought)),
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
