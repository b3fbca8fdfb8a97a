import type { Minute } from '../environment/minutes.ts'

const DAY_MS = 24 * 3_600_000
/** So many spans a day is told in: of half an hour each. */
const SPANS = 48
const SPAN_MS = DAY_MS / SPANS
const MINUTE_MS = 60_000

/** What is kept of half an hour. */
export interface Span {
  /** When it began; Unix milliseconds, by Redis' clock. */
  readonly from: number
  /** Undefined where no minute of it is kept: no hub ran, or Redis was away. */
  readonly nodes:
    | {
        /** How many there were in the minute with the fewest, and with the most. */
        readonly least: number
        readonly most: number
        /** In the minute in which most were behind: how many, and how many had the newest revision. */
        readonly mostBehind: number
        readonly newest: number
      }
    | undefined
  /** How often VWO was asked, and how often of these in vain. */
  readonly fetches: number
  readonly failures: number
}

/** The last day, the oldest first. Undefined where it cannot be read. @param now - Unix milliseconds, by Redis' clock. */
export type ReadDay = (now: number) => Promise<readonly Span[] | undefined>

/**
 * Reads each minute once, and all of them again where Redis has come back with older ones.
 *
 * @param after - The minutes after a time, the oldest first.
 */
export function createReadDay(after: (time: number) => Promise<readonly Minute[]>): ReadDay {
  let known: readonly Minute[] = []
  let readAt = 0
  let reading: Promise<unknown> = Promise.resolve()

  async function readMore(now: number): Promise<void> {
    const minute = now - (now % MINUTE_MS)
    const isNew = readAt !== minute || known.at(-1)?.at !== minute
    if (!isNew) return
    const last = known.at(-1)
    const news = await after(last?.at ?? now - DAY_MS)
    const isOlder = hasLost(last, news[0])
    const all = isOlder ? await after(now - DAY_MS) : [...known, ...news]
    // One of a time to come would keep out all that are to come before it.
    known = all.filter(({ at }) => at > now - DAY_MS - MINUTE_MS && at <= now + MINUTE_MS)
    readAt = minute
  }

  return async (now) => {
    // One after the other: two would add the same minutes.
    const read = reading.then(async () => await readMore(now))
    reading = read.catch(() => {})
    return await read.then(
      () => spansOf(known, now),
      () => undefined,
    )
  }
}

function spansOf(minutes: readonly Minute[], now: number): Span[] {
  const first = now - (now % SPAN_MS) - (SPANS - 1) * SPAN_MS
  const spans = Array.from({ length: SPANS }, (): Minute[] => [])
  const counts = spans.map(() => ({ fetches: 0, failures: 0 }))
  let before: Minute | undefined
  for (const minute of minutes) {
    const place = Math.floor((minute.at - first) / SPAN_MS)
    spans[place]?.push(minute)
    const count = counts[place]
    if (count !== undefined && before !== undefined) {
      count.fetches += grown(before.fetches, minute.fetches)
      count.failures += grown(before.failures, minute.failures)
    }
    before = minute
  }
  return spans.map((own, index) => ({
    from: first + index * SPAN_MS,
    nodes: nodesOf(own),
    ...(counts[index] ?? { fetches: 0, failures: 0 }),
  }))
}

/** Both only grow: Redis does not have any more what was counted until then, nor the minutes in which it was. */
function hasLost(before: Minute | undefined, after: Minute | undefined): boolean {
  if (before === undefined || after === undefined) return false
  return after.fetches < before.fetches || after.failures < before.failures
}

/** A counter that is lower than before has begun anew. */
const grown = (before: number, after: number): number => (after < before ? after : after - before)

function nodesOf(minutes: readonly Minute[]): Span['nodes'] {
  const [first] = minutes
  if (first === undefined) return undefined
  const counts = minutes.map(({ nodes }) => nodes)
  const worst = minutes.reduce((found, each) => {
    const isWorse = each.behind > found.behind || (each.behind === found.behind && each.newest < found.newest)
    return isWorse ? each : found
  }, first)
  return {
    least: Math.min(...counts),
    most: Math.max(...counts),
    mostBehind: worst.behind,
    newest: worst.newest,
  }
}
