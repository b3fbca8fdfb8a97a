import type { PreviewQuestion } from '../../judging.ts'
import { type Preview, movingOf } from '../../preview.ts'
import { askOnce, workerBeside } from '../../thread.ts'
import type { User } from '../../users.ts'
import { countMoves } from '../../preview/count.ts'
import { readSettings } from '../read-settings.ts'
import type { DecideQuestion, Job, Picks } from './decide-all.ts'
import { withoutKeys } from '../../without-keys.ts'
import { type Comparison, planComparisons, withOnly } from './plan.ts'

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
  const keys = new Set(comparisons.map(({ key }) => key))
  const sides = (['before', 'after'] as const).map((side, index) => ({
    text: Buffer.from(JSON.stringify(withOnly(files[index] ?? files[0], keys))),
    jobs: jobsOf(comparisons, side),
  }))
  const decisions = users.length * sides.reduce((sum, { jobs }) => sum + jobs.length, 0)
  Atomics.store(progress, 1, decisions)
  const [before = new Map(), after = new Map()] = await Promise.all(
    sides.map(async ({ text, jobs }): Promise<Side> => {
      if (jobs.length === 0) return new Map()
      const answers = await askOnce<Picks[]>({
        worker: workerBeside(import.meta.url, 'side-worker'),
        data: sdk,
        memoryMb,
        question: { text, jobs, users, progress, endAt } satisfies DecideQuestion,
        what: `preview settings of "${environment}"`,
        timeoutMs,
      })
      return new Map(answers.map((picks, index) => [jobs[index]?.key, picks]))
    }),
  )
  const preview = compare(comparisons, { before, after }, users)
  const sdkKeys = files.map(({ sdkKey }) => sdkKey)
  return { ...preview, units: withoutKeys(preview.units, sdkKeys) }
}

/** What a side came to, by the key of each campaign that was decided for. */
type Side = ReadonlyMap<string | undefined, Picks>

/** Of the campaigns that both sides have decided for. */
export function compare(
  comparisons: readonly Comparison[],
  { before, after }: { readonly before: Side; readonly after: Side },
  users: readonly User[],
): Preview {
  const decided = comparisons.filter(
    ({ key, before: from, after: to }) =>
      (from === undefined || before.has(key)) && (to === undefined || after.has(key)),
  )
  const undecided = comparisons.length - decided.length
  const units = decided.map(({ key, kind, fitting }) => ({
    unit: key,
    kind,
    isFitted: fitting !== undefined && users.some(({ customVariables }) => customVariables === undefined),
    ...countMoves(before.get(key), after.get(key), users.length),
  }))
  return {
    users: users.length,
    units: units.toSorted((a, b) => movingOf(b) - movingOf(a)),
    ...(undecided > 0 && { undecided }),
  }
}

function jobsOf(comparisons: readonly Comparison[], side: 'before' | 'after'): Job[] {
  return comparisons.flatMap((comparison) => {
    const { key, fitting, [side]: campaign } = comparison
    return campaign === undefined ? [] : [{ key, type: campaign.type, fitting }]
  })
}
