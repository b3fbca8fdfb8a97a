import type { HubReport } from '../environment/hub-reports.ts'
import type { RevisionMeta } from '../environment/meta.ts'
import type { EnvironmentStatus } from '../environment/read-status.ts'
import type { Look } from './look.ts'

/** How VWO was when a hub asked it last. */
export function vwoOf(status: EnvironmentStatus | undefined): Look {
  if (status === undefined) return { tone: 'none', label: 'Not known', sentence: 'Redis has to tell.' }
  const failure = failureOf(status)
  if (failure !== undefined) return failures[failure]
  const last = lastFetchOf(status.hubs)
  const isGood = last === undefined || last.message === ''
  if (status.current !== undefined && isGood && isVwoAhead(status.current)) {
    return { tone: 'good', label: 'Answers', sentence: 'It has something else than what is live.' }
  }
  if (isConfirmedSince(status)) {
    return { tone: 'good', label: 'Answers', sentence: 'Its last answer was good.' }
  }
  switch (last?.result) {
    case undefined:
      return { tone: 'none', label: 'Not asked yet', sentence: 'No hub that is alive has asked VWO yet.' }
    case 'published':
      return { tone: 'good', label: 'Answers', sentence: 'It had something new, which was published.' }
    case 'unchanged':
      return { tone: 'good', label: 'Answers', sentence: 'It confirmed that what is live is current.' }
    case 'pinned':
    case 'held':
      return { tone: 'good', label: 'Answers', sentence: 'It has something else than what is live.' }
    default:
      return { tone: 'none', label: 'Interrupted', sentence: 'The last fetch did not come to its end.' }
  }
}

/** What a fetch comes to while something is wrong with VWO, with what it sends, or with the hub. */
export const FAILURES = ['vwo-unreachable', 'vwo-refused', 'settings-refused', 'internal'] as const

export type Failure = (typeof FAILURES)[number]

const failures: Readonly<Record<Failure, Look>> = {
  'vwo-unreachable': { tone: 'bad', label: 'VWO away', sentence: 'VWO does not answer; it is asked again.' },
  'vwo-refused': {
    tone: 'bad',
    label: 'VWO refuses',
    sentence: 'VWO answers, but refuses this account or key.',
  },
  'settings-refused': { tone: 'bad', label: 'Refused', sentence: 'What VWO sent did not pass the check.' },
  internal: {
    tone: 'bad',
    label: 'Fault of the hub',
    sentence: 'A hub has a fault of its own, which its log tells.',
  },
}

/** What the newest fetch of all hubs failed of; undefined once VWO has answered well since. */
export function failureOf(status: Pick<EnvironmentStatus, 'hubs' | 'current'>): Failure | undefined {
  if (isConfirmedSince(status)) return undefined
  const last = lastFetchOf(status.hubs)?.result
  return FAILURES.find((each) => each === last)
}

/**
 * Whether VWO had something else than what is live when it was known last: until it is asked after a rollback, that is
 * what was rolled back.
 */
export function isVwoAhead(meta: RevisionMeta): boolean {
  const { waiting, held, contentOf, checkedAt, publishedAt } = meta
  const isBefore = contentOf !== undefined && checkedAt < publishedAt
  return waiting !== undefined || held !== undefined || isBefore || isByHand(meta)
}

/**
 * Whether what is live was published by hand, and VWO has not been found to have the same since: until it is asked, it has
 * something else.
 */
export function isByHand(meta: RevisionMeta): boolean {
  const { trigger, checkedAt, publishedAt, waiting, held } = meta
  const isConfirmed = checkedAt > publishedAt && waiting === undefined && held === undefined
  return (trigger === 'file' || trigger === 'stop') && !isConfirmed
}

/** Whether VWO has answered well since the newest fetch that is told: hubs tell of theirs every few seconds only. */
function isConfirmedSince({ hubs, current }: Pick<EnvironmentStatus, 'hubs' | 'current'>): boolean {
  return (current?.checkedAt ?? '') > (lastFetchOf(hubs)?.at ?? '')
}

/** The newest of all hubs'. */
export function lastFetchOf(hubs: readonly HubReport[]): HubReport['lastFetch'] {
  return hubs
    .flatMap(({ lastFetch }) => lastFetch ?? [])
    .toSorted((a, b) => (a.at < b.at ? 1 : -1))
    .at(0)
}
