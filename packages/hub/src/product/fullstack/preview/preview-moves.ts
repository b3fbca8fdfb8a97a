import type { PreviewQuestion } from '../../judging.ts'
import {
  movingOf,
  movingShareOf,
  type PopulationMoves,
  type Preview,
  type UnitPreview,
} from '../../preview.ts'
import { type Evaluate, loadEvaluator } from '../dry-run/load-sdk.ts'
import { askOnce, workerBeside } from '../../thread.ts'
import type { User } from '../../users.ts'
import { countMoves } from '../../preview/count.ts'
import { readSettings } from '../read-settings.ts'
import type { DecideQuestion, Job, Picks } from './decide-all.ts'
import { withoutKeys } from '../../without-keys.ts'
import { type Comparison, planComparisons, withOnly } from './plan.ts'
import { given, type Populations, populationsOf, usersOf } from './populations.ts'

/** This share of the time is for decisions; the rest is for what comes before and after them. */
const DECIDING = 0.9

/**
 * Decides for many users with the old and with the new settings, and compares. Each side has a thread with a copy of
 * the SDK of its own, launched with the flags and groups of the settings-file: they count as they do in an app. Only
 * campaigns that may decide otherwise are asked for, and only they are in it. What there was no time for is counted.
 */
export async function previewMoves(question: PreviewQuestion): Promise<Preview> {
  const { previous, next, environment, users, timeoutMs, progress, sdk, memoryMb } = question
  const endAt = Date.now() + timeoutMs * DECIDING
  const files = [readSettings(previous), readSettings(next)] as const
  const comparisons = planComparisons(...files)
  const planned = withPopulations(comparisons, users, { evaluate: loadEvaluator(sdk), endAt })
  const keys = new Set(planned.map(({ key }) => key))
  const sides = (['before', 'after'] as const).map((side, index) => ({
    text: Buffer.from(JSON.stringify(withOnly(files[index] ?? files[0], keys))),
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
        worker: workerBeside(import.meta.url, 'side-worker'),
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

/** A campaign, and the kinds of users that it is decided for. */
export interface Planned extends Comparison, Populations {}

/** @returns As many as there is time for. */
export function withPopulations(
  comparisons: readonly Comparison[],
  users: readonly User[],
  { evaluate, endAt }: { readonly evaluate: Evaluate; readonly endAt: number },
): Planned[] {
  const hasGiven = usersOf(given, users).length > 0
  const hasOthers = users.length > usersOf(given, users).length
  const planned: Planned[] = []
  for (const comparison of comparisons) {
    if (Date.now() > endAt) break
    const { populations, unknown } = hasOthers
      ? populationsOf(comparison, evaluate)
      : { populations: [], unknown: [] }
    planned.push({ ...comparison, populations: [...(hasGiven ? [given] : []), ...populations], unknown })
  }
  return planned
}

/** Of the campaigns that both sides have decided for, for each kind of users. */
export function compare(
  planned: readonly Planned[],
  picks: { readonly before: readonly Picks[]; readonly after: readonly Picks[] },
  users: readonly User[],
): Preview {
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
  return planned.flatMap(({ key, populations, [side]: campaign }) =>
    campaign === undefined ? [] : populations.map((population) => ({ key, type: campaign.type, population })),
  )
}
