import type { SettingsFile } from '@vwo-hub/protocol/fullstack'
import { countMoves, type Moves } from './count.ts'
import type { DecideQuestion, Job, Picks } from './decide-all.ts'
import { type Comparison, planComparisons } from './plan.ts'
import { type PreviewUser, syntheticUsers } from './preview-users.ts'
import { askSdk, workerBeside } from '../../sdk-thread.ts'

/** What happens to the users of one campaign. */
export interface CampaignPreview extends Moves {
  readonly campaign: string
  readonly kind: Comparison['kind']
  /** Whether it has a segment, and users without variables of their own were given such as fit it. */
  readonly isFitted: boolean
}

/** Who gets something else, as the real SDK decides. */
export interface Preview {
  /** How many users were decided for. */
  readonly users: number
  /** The campaigns that may decide otherwise; those with most moving users come first. */
  readonly campaigns: readonly CampaignPreview[]
}

export interface PreviewOptions {
  /** Settings-files that have passed the check. */
  readonly previous: string
  readonly next: string
  /** Named in messages. */
  readonly environment: string
  /** @default 10,000 synthetic ones */
  readonly users?: readonly PreviewUser[]
  /** Limit for everything, in milliseconds. @default 120000 */
  readonly timeoutMs?: number
  /** Ends it: nobody waits for it any more. */
  readonly signal?: AbortSignal
  /** Told now and then how much of it is done, from 0 to 1. */
  readonly onProgress?: (done: number) => void
}

/** How often progress is told, in milliseconds. */
const TELL_MS = 100

/**
 * Decides for many users with the old and with the new settings, and compares. Each side has a thread with a copy of
 * the SDK of its own, launched on the whole settings-file: its flags and groups count as they do in an app. Only
 * campaigns that may decide otherwise are asked for.
 *
 * @throws {@link HubError} `timeout`; `not-possible` when a thread fails.
 */
export async function previewMoves(options: PreviewOptions): Promise<Preview> {
  const { previous, next, environment, users = syntheticUsers(), timeoutMs = 120_000 } = options
  const comparisons = planComparisons(parsed(previous), parsed(next))
  if (comparisons.length === 0) return { users: users.length, campaigns: [] }

  const progress = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  const sides = [
    { text: previous, jobs: jobsOf(comparisons, 'before') },
    { text: next, jobs: jobsOf(comparisons, 'after') },
  ]
  const decisions = users.length * sides.reduce((sum, { jobs }) => sum + jobs.length, 0)
  const ending = new AbortController()
  const signal = AbortSignal.any([ending.signal, ...(options.signal === undefined ? [] : [options.signal])])
  const telling = setInterval(() => options.onProgress?.(Atomics.load(progress, 0) / decisions), TELL_MS)
  try {
    const [before, after] = await Promise.all(
      sides.map(async ({ text, jobs }) => {
        if (jobs.length === 0) return new Map<string, Picks>()
        const answers = await askSdk<DecideQuestion, Picks[]>({
          worker: workerBeside(import.meta.url, 'preview-worker'),
          question: { text, jobs, users, progress },
          what: `preview settings of "${environment}"`,
          timeoutMs,
          signal,
        })
        return new Map(jobs.map(({ key }, index) => [key, answers[index]]))
      }),
    )
    const campaigns = comparisons.map(({ key, kind, fitting }) => ({
      campaign: key,
      kind,
      isFitted: fitting !== undefined && users.some(({ customVariables }) => customVariables === undefined),
      ...countMoves(before?.get(key), after?.get(key), users.length),
    }))
    return { users: users.length, campaigns: campaigns.toSorted((a, b) => movingOf(b) - movingOf(a)) }
  } finally {
    clearInterval(telling)
    // One side may have failed while the other one still decides.
    ending.abort()
  }
}

/** How many users get something else than before. */
export function movingOf({ enter, leave, change }: Moves): number {
  return enter + leave + change
}

function jobsOf(comparisons: readonly Comparison[], side: 'before' | 'after'): Job[] {
  return comparisons.flatMap((comparison) => {
    const { key, fitting, [side]: campaign } = comparison
    return campaign === undefined ? [] : [{ key, type: campaign.type, fitting }]
  })
}

const parsed = (text: string): SettingsFile => JSON.parse(text) as SettingsFile
