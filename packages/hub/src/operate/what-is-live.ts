import { HubError } from '../errors.ts'
import { isOfRedis } from '../environment/answers.ts'
import type { Published } from '../environment/meta.ts'
import type { RevisionEntry, StoredSettings } from '../environment/read-history.ts'
import { within } from '../flow/within.ts'
import type { Overview, UnitOverview } from '../product/overview.ts'
import type { Change, Judging } from '../product/product.ts'
import type { SettingsText } from '../product/settings-text.ts'

/** So many overviews are kept: of what is live, and of what was a moment ago. */
const OVERVIEWS_KEPT = 2
/** So many pairs of revisions are kept, of which one environment has 19. */
const PAIRS_KEPT = 40
/** So many changes of one unit by one revision are told. */
const TOLD = 8
/** So many units that one revision changes are told of. */
const UNITS_TOLD = 5000
/** What has failed is not tried again before, in milliseconds. */
const FAILURE_MS = 10_000

/** What one revision did to one unit. */
export interface UnitChange {
  readonly revision: number
  readonly kind: Change['kind']
  /** At most 8 of them. */
  readonly texts: readonly string[]
}

export interface LiveUnit extends UnitOverview {
  /** By kept revisions, the newest first. Empty where another unit reads the same: nobody knows whose they are. */
  readonly changes: readonly UnitChange[]
}

/** What is live, and what became of each of it in the kept revisions. */
export type Live =
  | {
      readonly state: 'known'
      readonly revision: number
      readonly units: readonly LiveUnit[]
      readonly untold: number
      /** Changes after this revision are known; absent where none are. */
      readonly since: number | undefined
      /** Whether more of them are being found out. */
      readonly isGrowing: boolean
    }
  /** It is being found out. */
  | { readonly state: 'reading' }
  | { readonly state: 'failed'; readonly reason: string }

/**
 * @param revision - Of a snapshot: what is told is of that one.
 * @param history - Of the same moment; undefined where it is not known.
 * @param patienceMs - So long it is waited for, in milliseconds. Never rejects.
 */
export type ReadLive = (
  revision: number,
  history: readonly RevisionEntry[] | undefined,
  patienceMs: number,
) => Promise<Live>

interface Found<Value> {
  value?: Value
  failure?: string
  readonly done: Promise<void>
}
type ChangesOf = ReadonlyMap<string, Omit<UnitChange, 'revision'>>

/**
 * Finds out what is live, and what changed: each revision once, in a thread with limits, one after the other. A revision
 * never changes, so neither does what is said of it.
 *
 * @param collaborators.current - What this hub has in its memory: for that one Redis is not asked.
 */
export function createReadLive(collaborators: {
  readonly judging: Pick<Judging, 'overview' | 'changes'>
  readonly current: () => Published | undefined
  readonly read: (revision: number) => Promise<StoredSettings>
}): ReadLive {
  const { judging, current, read } = collaborators
  const overviews = createFinder<Overview>(OVERVIEWS_KEPT)
  const pairs = createFinder<ChangesOf>(PAIRS_KEPT)

  async function textOf(revision: number): Promise<SettingsText> {
    const published = current()
    return published?.revision === revision ? published.text : (await read(revision)).text
  }

  return async (revision, history = [], patienceMs) => {
    const overview = overviews(String(revision), async () => judging.overview(await textOf(revision)))
    const steps = history.slice(0, -1).map(({ revision: to }, index) => {
      const from = history[index + 1]?.revision ?? 0
      const pair = pairs(`${from} ${to}`, async () => {
        const [before, after] = await Promise.all([textOf(from), textOf(to)])
        return byUnit((await judging.changes(before, after)).changes)
      })
      return { from, to, pair }
    })
    const everything = Promise.all([overview.done, ...steps.map(({ pair }) => pair.done)])
    await within(patienceMs, everything)
    if (overview.failure !== undefined) return { state: 'failed', reason: overview.failure }
    if (overview.value === undefined) return { state: 'reading' }
    const known = steps.slice(0, firstUnknown(steps))
    return {
      state: 'known',
      revision,
      units: withChanges(
        overview.value.units,
        known.map(({ to, pair }) => [to, pair.value ?? new Map()]),
      ),
      untold: overview.value.untold,
      since: known.at(-1)?.from ?? history[0]?.revision,
      isGrowing: steps.some(({ pair }) => pair.value === undefined && pair.failure === undefined),
    }
  }
}

/** Finds out one thing after the other, each once. @param limit - So many are kept. */
function createFinder<Value>(limit: number): (name: string, work: () => Promise<Value>) => Found<Value> {
  const kept = new Map<string, Found<Value>>()
  let queue: Promise<unknown> = Promise.resolve()

  async function learn(name: string, found: Found<Value>, work: () => Promise<Value>): Promise<void> {
    try {
      found.value = await work()
    } catch (error) {
      found.failure = failureOf(error)
      setTimeout(() => kept.delete(name), FAILURE_MS).unref()
    }
  }

  return (name, work) => {
    const known = kept.get(name)
    if (known !== undefined) return known
    const found: Found<Value> = { done: queue.then(() => learn(name, found, work)) }
    queue = found.done
    kept.set(name, found)
    if (kept.size > limit) kept.delete(kept.keys().next().value ?? '')
    return found
  }
}

function failureOf(error: unknown): string {
  if (error instanceof HubError) return error.message
  return isOfRedis(error) ? 'Redis does not answer.' : 'This hub failed to find it out.'
}

/** What is known beyond a gap says nothing of when a unit changed last. */
function firstUnknown(steps: readonly { readonly pair: { readonly value?: ChangesOf } }[]): number {
  const place = steps.findIndex(({ pair }) => pair.value === undefined)
  return place === -1 ? steps.length : place
}

function byUnit(changes: readonly Change[]): ChangesOf {
  const found = new Map<string, { kind: Change['kind']; texts: string[] }>()
  for (const { subject, kind, text } of changes) {
    const known = found.get(subject)
    if (known === undefined) {
      if (found.size < UNITS_TOLD) found.set(subject, { kind, texts: [text] })
    } else if (known.texts.length < TOLD) known.texts.push(text)
  }
  return found
}

function withChanges(
  units: readonly UnitOverview[],
  steps: readonly (readonly [revision: number, changes: ChangesOf])[],
): LiveUnit[] {
  const counts = new Map<string, number>()
  for (const { subject } of units) counts.set(subject, (counts.get(subject) ?? 0) + 1)
  return units.map((unit) => ({
    ...unit,
    changes:
      counts.get(unit.subject) === 1
        ? steps.flatMap(([revision, changes]) => {
            const change = changes.get(unit.subject)
            return change === undefined ? [] : [{ revision, ...change }]
          })
        : [],
  }))
}
