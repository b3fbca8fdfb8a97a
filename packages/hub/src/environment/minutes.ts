import { REVISION_AHEAD_MS } from '@vwo-hub/protocol'
import { z } from 'zod'
import { messageOf } from '../errors.ts'
import { readableOf } from './answers.ts'
import { clockSchema, fieldsSchema, numberOf, type StreamEntry, streamEntrySchema } from './fields.ts'
import type { Place } from './place.ts'
import { countStates, type Propagation, readNodes } from './read-nodes.ts'
import { noteSpread } from './spreads.ts'

/** About so many are kept: a day. */
const MINUTES_KEPT = 1440
const MINUTE_MS = 60_000

/** How things were at the beginning of one minute. */
export interface Minute {
  /** Unix milliseconds, by Redis' clock. */
  readonly at: number
  /** How many nodes reported, how many of them had the newest revision, and how many were behind. Those that start are neither. */
  readonly nodes: number
  readonly newest: number
  readonly behind: number
  /** How often VWO has been asked by any hub, and how often in vain; both only grow, until Redis loses them. */
  readonly fetches: number
  readonly failures: number
}

/** What this hub has fetched since it told of it last. */
export interface Fetched {
  readonly fetches: number
  readonly failures: number
}

/** What is kept of the last day, a sample for each minute. */
export interface Minutes {
  /**
   * Tells what this hub has fetched, and adds the sample of this minute, unless a hub has.
   *
   * @returns How long this minute still lasts, in milliseconds.
   */
  add(fetched: Fetched): Promise<number>
  /** Notes how fast the newest revision came to the nodes, as far as they tell. */
  noteSpread(): Promise<Propagation>
  /** The samples after a time, Unix milliseconds; the oldest first. */
  after(time: number): Promise<Minute[]>
}

const stateSchema = z.tuple([
  clockSchema,
  z.array(streamEntrySchema).optional(),
  z.array(z.string().nullable()).default([]),
])

/** Redis takes no entry before the last one of a stream: so only one hub adds the sample of a minute. */
const IS_ADDED = /equal or smaller than the target stream top item/

export function createMinutes(place: Place): Minutes {
  const { redis, keys } = place

  async function noteNewest(): Promise<Propagation> {
    const propagation = await readNodes(place)
    await noteSpread(place, propagation)
    return propagation
  }

  /** @param at - When the minute began. */
  async function addSample(at: number, counters: readonly (string | null)[]): Promise<void> {
    const propagation = await noteNewest()
    const { nodes, current } = propagation
    const sample = {
      nodes: nodes.length,
      newest: current,
      behind: nodes.length - current - countStates(propagation).starting,
      fetches: numberOf(counters[0] ?? undefined) ?? 0,
      failures: numberOf(counters[1] ?? undefined) ?? 0,
    } satisfies Omit<Minute, 'at'>
    const entry = Object.entries(sample).flat()
    await redis
      .xadd(keys.minutes, 'MAXLEN', '~', MINUTES_KEPT, `${at}-0`, ...entry)
      .catch((error: unknown) => {
        if (!IS_ADDED.test(messageOf(error))) throw error
      })
  }

  return {
    async add({ fetches, failures }) {
      if (fetches > 0) {
        const told = redis.multi().hincrby(keys.refresh, 'fetches', fetches)
        await told.hincrby(keys.refresh, 'failures', failures).exec()
      }
      const reading = redis.pipeline().time().xrevrange(keys.minutes, '+', '-', 'COUNT', 1)
      const answers = await reading.hmget(keys.refresh, 'fetches', 'failures').exec()
      const [now, newest, counters] = stateSchema.parse(readableOf(answers))
      const at = now - (now % MINUTE_MS)
      const last = newest?.[0] === undefined ? 0 : timeOf(newest[0])
      // Of another type, or of a time that no hub's Redis had: it would keep out all that is to come.
      const isBroken = newest === undefined || last > now + REVISION_AHEAD_MS
      if (isBroken) await redis.unlink(keys.minutes)
      if (isBroken || last < at) await addSample(at, counters)
      return at + MINUTE_MS - now
    },
    noteSpread: noteNewest,
    async after(time) {
      const entries = await redis.xrange(keys.minutes, `(${time}-0`, '+', 'COUNT', 2 * MINUTES_KEPT)
      return entries.map(minuteOf)
    },
  }
}

const timeOf = ([id]: StreamEntry): number => Number(id.split('-')[0])

function minuteOf(entry: StreamEntry): Minute {
  const pairs = Array.from({ length: entry[1].length / 2 }, (_, index) =>
    entry[1].slice(2 * index, 2 * index + 2),
  )
  const fields = fieldsSchema.parse(Object.fromEntries(pairs))
  const of = (name: string): number => numberOf(fields[name]) ?? 0
  return {
    at: timeOf(entry),
    nodes: of('nodes'),
    newest: of('newest'),
    behind: of('behind'),
    fetches: of('fetches'),
    failures: of('failures'),
  }
}
