import type { PreviewQuestion } from '../judging.ts'
import { movingOf, movingShareOf, type PopulationMoves, type Preview, type UnitPreview } from './preview.ts'
import type { AnyFile, Format } from '../judge/format.ts'
import { readJudged } from '../judge/read-judged.ts'
import { askOnce } from '../thread.ts'
import type { User } from '../users.ts'
import { withoutKeys } from '../without-keys.ts'
import { countMoves } from './count.ts'
import type { DecideQuestion, Job, Picks } from './pick.ts'
import { given, type Populations, usersOf } from './populations.ts'

/** What a preview has to know of a product. */
export interface PreviewOf<File extends AnyFile, Comparison> {
  readonly format: Format<File>
  /** Finds what may decide otherwise. */
  plan(previous: File, next: File): Comparison[]
  /** The same settings-file with these units alone, which decide as before. */
  withOnly(file: File, keys: ReadonlySet<string>): File
  /** Makes kinds of users of whom a unit's decisions may differ. @param sdk - What decides. @param files - The previous and the next one. */
  populations(
    sdk: string,
    files: readonly [previous: File, next: File],
  ): (comparison: Comparison) => Promise<Populations>
  /** The thread that decides with one of the two. */
  readonly side: URL
}

/** A unit that may decide otherwise than before. */
export interface UnitComparison<Unit> {
  readonly key: string
  readonly kind: 'added' | 'changed' | 'removed'
  readonly before: Unit | undefined
  readonly after: Unit | undefined
  /** Of whom it is not known whether they move, whichever users are decided for. */
  readonly unknowable?: UnitPreview['unknown']
}

type AnyComparison = UnitComparison<{ readonly type: string }>

/** This share of the time is for decisions; the rest is for what comes before and after them. */
const DECIDING = 0.9

/**
 * Decides for many users with the old and with the new settings, and compares. Each side has a thread with a copy of
 * the SDK of its own, started with the rest of the settings-file: it counts as it does in an app. Only units that may decide
 * otherwise are asked for, and only they are in it. What there was no time for is counted.
 */
export async function previewMoves<File extends AnyFile, Comparison extends AnyComparison>(
  product: PreviewOf<File, Comparison>,
  question: PreviewQuestion,
): Promise<Omit<Preview, 'noun'>> {
  const { previous, next, environment, users, timeoutMs, progress, sdk, memoryMb } = question
  const endAt = Date.now() + timeoutMs * DECIDING
  const files = [readJudged<File>(product.format, previous), readJudged<File>(product.format, next)] as const
  const comparisons = product.plan(...files)
  const planned = await withPopulations(comparisons, users, {
    populationsOf: product.populations(sdk, files),
    endAt,
  })
  const keys = new Set(planned.map(({ key }) => key))
  const sides = (['before', 'after'] as const).map((side, index) => ({
    text: Buffer.from(JSON.stringify(product.withOnly(files[index] ?? files[0], keys))),
    jobs: jobsOf(planned, side),
  }))
  const decisions = sides
    .flatMap(({ jobs }) => jobs)
    .reduce((sum, { population }) => sum + usersOf(population, users).length, 0)
  Atomics.store(progress, 1, decisions)
  const [before = [], after = []] = await Promise.all(
    sides.map(async ({ text, jobs }) => {
      if (jobs.length === 0) return []
      return await askOnce<Picks[]>({
        worker: product.side,
        data: sdk,
        memoryMb,
        question: { text, jobs, users, progress, endAt } satisfies DecideQuestion,
        what: `preview settings of "${environment}"`,
        timeoutMs,
      })
    }),
  )
  const preview = compare(planned, { before, after }, users)
  const undecided = (preview.undecided ?? 0) + comparisons.length - planned.length
  const sdkKeys = files.map(({ sdkKey }) => sdkKey)
  return {
    users: users.length,
    units: withoutKeys(preview.units, sdkKeys),
    ...(undecided > 0 && { undecided }),
  }
}

/** A unit, and the kinds of users that it is decided for. */
export type Planned<Comparison extends AnyComparison = AnyComparison> = Comparison & Populations

/** @returns As many as there is time for. */
export async function withPopulations<Comparison extends AnyComparison>(
  comparisons: readonly Comparison[],
  users: readonly User[],
  {
    populationsOf,
    endAt,
  }: {
    readonly populationsOf: (comparison: Comparison) => Promise<Populations>
    readonly endAt: number
  },
): Promise<Planned<Comparison>[]> {
  const hasGiven = usersOf(given, users).length > 0
  const hasOthers = users.length > usersOf(given, users).length
  const planned: Planned<Comparison>[] = []
  for (const comparison of comparisons) {
    if (Date.now() > endAt) break
    const { populations, unknown } = hasOthers
      ? await populationsOf(comparison)
      : { populations: [], unknown: [] }
    planned.push({
      ...comparison,
      populations: [...(hasGiven ? [given] : []), ...populations],
      unknown: [...unknown, ...(comparison.unknowable ?? [])],
    })
  }
  return planned
}

/** Of the units that both sides have decided for, for each kind of users. */
export function compare(
  planned: readonly Planned[],
  picks: { readonly before: readonly Picks[]; readonly after: readonly Picks[] },
  users: readonly User[],
): Omit<Preview, 'noun'> {
  const next = { before: 0, after: 0 }
  const units: UnitPreview[] = []
  for (const { key, kind, populations, unknown, ...sides } of planned) {
    const moves = populations.flatMap((population): PopulationMoves[] => {
      const before = sides.before && picks.before[next.before++]
      const after = sides.after && picks.after[next.after++]
      const isKnown =
        (sides.before === undefined) === (before === undefined) &&
        (sides.after === undefined) === (after === undefined)
      if (!isKnown) return []
      const count = usersOf(population, users).length
      const { fits, with: more } = population
      return [
        {
          fits,
          ...(more !== undefined && { with: more }),
          users: count,
          ...countMoves(before, after, count),
        },
      ]
    })
    if (moves.length < populations.length) continue
    const shares = moves.toSorted((a, b) => movingOf(b) / b.users - movingOf(a) / a.users)
    units.push({ unit: key, kind, populations: shares, unknown })
  }
  const undecided = planned.length - units.length
  return {
    users: users.length,
    units: units.toSorted((a, b) => movingShareOf(b) - movingShareOf(a)),
    ...(undecided > 0 && { undecided }),
  }
}

export function jobsOf(planned: readonly Planned[], side: 'before' | 'after'): Job[] {
  return planned.flatMap(({ key, populations, [side]: unit }) =>
    unit === undefined ? [] : populations.map((population) => ({ key, type: unit.type, population })),
  )
}
