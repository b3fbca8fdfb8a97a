import type { SettingsFile } from '@vwo-hub/protocol/fullstack'
import { type Preview, type PreviewOptions, movingOf } from '../../preview.ts'
import type { SettingsText } from '../../settings-text.ts'
import { askOnce, workerBeside } from '../../thread.ts'
import type { User } from '../../users.ts'
import { countMoves } from './count.ts'
import { readJudged } from '../judge/read-candidate.ts'
import type { DecideQuestion, Job, Picks } from './decide-all.ts'
import { withoutKeys } from '../without-keys.ts'
import { type Comparison, planComparisons } from './plan.ts'

/** What the thread of a preview is asked. */
export interface PreviewQuestion extends Pick<PreviewOptions, 'previous' | 'next' | 'environment'> {
  readonly users: readonly User[]
  /** Limit for everything, in milliseconds. */
  readonly timeoutMs: number
  /** Decisions that have been made, and how many there will be. */
  readonly progress: Int32Array
  /** The SDK, and the limit for the heap of each side. */
  readonly sdk: string
  readonly memoryMb: number
}

/**
 * Decides for many users with the old and with the new settings, and compares. Each side has a thread with a copy of
 * the SDK of its own, launched on the whole settings-file: its flags and groups count as they do in an app. Only
 * campaigns that may decide otherwise are asked for.
 */
export async function previewMoves(question: PreviewQuestion): Promise<Preview> {
  const { previous, next, environment, users, timeoutMs, progress, sdk, memoryMb } = question
  const files = [parsed(previous), parsed(next)] as const
  const comparisons = planComparisons(...files)
  const sides = [
    { text: previous, jobs: jobsOf(comparisons, 'before') },
    { text: next, jobs: jobsOf(comparisons, 'after') },
  ]
  const decisions = users.length * sides.reduce((sum, { jobs }) => sum + jobs.length, 0)
  Atomics.store(progress, 1, decisions)
  const [before, after] = await Promise.all(
    sides.map(async ({ text, jobs }) => {
      if (jobs.length === 0) return new Map<string, Picks>()
      const answers = await askOnce<Picks[]>({
        worker: workerBeside(import.meta.url, 'side-worker'),
        data: sdk,
        memoryMb,
        question: { text, jobs, users, progress } satisfies DecideQuestion,
        what: `preview settings of "${environment}"`,
        timeoutMs,
      })
      return new Map(jobs.map(({ key }, index) => [key, answers[index]]))
    }),
  )
  const units = comparisons.map(({ key, kind, fitting }) => ({
    unit: key,
    kind,
    isFitted: fitting !== undefined && users.some(({ customVariables }) => customVariables === undefined),
    ...countMoves(before?.get(key), after?.get(key), users.length),
  }))
  const sorted = units.toSorted((a, b) => movingOf(b) - movingOf(a))
  const keys = files.map(({ sdkKey }) => sdkKey)
  return { users: users.length, units: withoutKeys(sorted, keys) }
}

function jobsOf(comparisons: readonly Comparison[], side: 'before' | 'after'): Job[] {
  return comparisons.flatMap((comparison) => {
    const { key, fitting, [side]: campaign } = comparison
    return campaign === undefined ? [] : [{ key, type: campaign.type, fitting }]
  })
}

const parsed = (text: SettingsText): SettingsFile => readJudged(text) as SettingsFile
