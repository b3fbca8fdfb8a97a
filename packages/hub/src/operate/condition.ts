/**
 * How an environment is, in one word and one sentence: what somebody who looks wants to know first.
 *
 * @module
 */
import type { Snapshot } from './snapshot.ts'
import type { HubReport } from '../environment/hub-reports.ts'
import type { RevisionMeta } from '../environment/meta.ts'
import { countStates } from '../environment/read-nodes.ts'
import type { EnvironmentStatus } from '../environment/read-status.ts'
import { plainText } from '../text/plain-text.ts'
import { noWrites } from './no-writes.ts'
import { isEverywhere } from './wait-for-nodes.ts'

/** What a thing looks like: `busy` passes by itself, `warn` is meant to be, `bad` needs a person. */
export type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'none'

export interface Condition {
  readonly tone: Tone
  readonly label: string
  /** Never says a number that changes while nothing happens: it is read out when it changes. */
  readonly sentence: string
}

/** Behind for longer than this, in milliseconds, is not on its way any more. */
const LAGGING_MS = 30_000

/** What it is judged by. */
type Seen = Pick<Snapshot, 'name' | 'current' | 'status' | 'propagation' | 'unreachable' | 'now'>

/** The worst first. */
export function conditionOf(snapshot: Seen): Condition {
  const { name, current, status, unreachable } = snapshot
  if (unreachable !== undefined) {
    return {
      tone: 'bad',
      label: 'Redis away',
      sentence: 'Redis does not answer. Apps go on deciding with the settings that they have.',
    }
  }
  if (status?.takesNoWrites !== undefined) {
    const sentence = `${noWrites(plainText(status.takesNoWrites, 200))}. Webhooks get 503; apps go on deciding with the settings that they have.`
    return { tone: 'bad', label: 'No writes', sentence }
  }
  const foreign = status?.hubs.filter(({ state }) => state === 'foreign') ?? []
  if (foreign.length > 0) {
    const all = foreign.length === status?.hubs.length
    const sentence = all
      ? 'The hubs are configured with another account or sdkKey than what is published: nothing is kept current.'
      : 'A hub is configured with another account or sdkKey than what is published: it stands aside.'
    return { tone: 'bad', label: 'Another account', sentence }
  }
  if (current === undefined) {
    const sentence = `Nothing has been published for ${name} yet. Apps decide with their cache or not at all.`
    return { tone: 'bad', label: 'Nothing published', sentence }
  }
  if (status?.hubs.length === 0) {
    return { tone: 'bad', label: 'No hub', sentence: 'No hub is alive: nothing is kept current.' }
  }
  if (current.held !== undefined) {
    const sentence =
      'New settings are held back, because they look like an accident. The ones before stay live.'
    return { tone: 'warn', label: 'Held back', sentence }
  }
  if (current.pinnedUntil !== undefined) {
    return { tone: 'warn', label: 'Pinned', sentence: 'Pinned: nothing that VWO sends is published.' }
  }
  const vwo = vwoOf(status)
  if (vwo.tone === 'bad') {
    return { tone: 'bad', label: vwo.label, sentence: `${vwo.sentence} The last good revision stays live.` }
  }
  return spreadingOf(snapshot, current.revision)
}

function spreadingOf({ propagation, now }: Seen, revision: number): Condition {
  if (propagation === undefined || propagation.total === 0) {
    return {
      tone: 'good',
      label: 'Published',
      sentence: 'The newest revision is published. No node reports.',
    }
  }
  const { ahead, invalid, lagging } = countStates(propagation)
  if (ahead > 0) {
    const sentence =
      'Some nodes decide with a revision that Redis does not have: it lost it. A hub publishes above it what VWO has.'
    return { tone: 'bad', label: 'Ahead of Redis', sentence }
  }
  if (propagation.revision === revision && isEverywhere(propagation)) {
    const sentence = `Every node decides with revision ${revision}.`
    return { tone: 'good', label: 'Everywhere', sentence }
  }
  const longest = propagation.nodes.find(({ behindSince }) => behindSince !== undefined)?.behindSince
  if (longest !== undefined && Date.parse(now) - Date.parse(longest) > LAGGING_MS) {
    const sentence = 'Some nodes have been behind for a while.'
    return { tone: 'warn', label: 'Lagging', sentence }
  }
  if (lagging === 0 && invalid > 0) {
    return { tone: 'warn', label: 'Invalid reports', sentence: 'Some reports of nodes cannot be.' }
  }
  if (lagging === 0 && propagation.total > propagation.nodes.length) {
    const sentence = 'More nodes report than are looked at. Those that are decide with the newest revision.'
    return { tone: 'warn', label: 'Too many nodes', sentence }
  }
  return { tone: 'busy', label: 'Spreading', sentence: `Revision ${revision} is on its way to the nodes.` }
}

/**
 * Whether VWO had something else than what is live when it was known last: until it is asked after a rollback, that is
 * what was rolled back.
 */
export function isVwoAhead({ waiting, held, contentOf, checkedAt, publishedAt }: RevisionMeta): boolean {
  const isBefore = contentOf !== undefined && checkedAt < publishedAt
  return waiting !== undefined || held !== undefined || isBefore
}

/** How VWO was when a hub asked it last. */
export function vwoOf(status: EnvironmentStatus | undefined): Condition {
  if (status === undefined) return { tone: 'none', label: 'Not known', sentence: 'Redis has to tell.' }
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
    case 'vwo-unreachable':
      return { tone: 'bad', label: 'VWO away', sentence: 'VWO does not answer; it is asked again.' }
    case 'vwo-refused':
      return { tone: 'bad', label: 'VWO refuses', sentence: 'VWO answers, but refuses this account or key.' }
    case 'settings-refused':
      return { tone: 'bad', label: 'Refused', sentence: 'What VWO sent did not pass the check.' }
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

/** Whether VWO has answered well since the newest fetch that is told: hubs tell of theirs every few seconds only. */
export function isConfirmedSince({ hubs, current }: Pick<EnvironmentStatus, 'hubs' | 'current'>): boolean {
  return (current?.checkedAt ?? '') > (lastFetchOf(hubs)?.at ?? '')
}

/** The newest of all hubs'. */
export function lastFetchOf(hubs: readonly HubReport[]): HubReport['lastFetch'] {
  return hubs
    .flatMap(({ lastFetch }) => lastFetch ?? [])
    .toSorted((a, b) => (a.at < b.at ? 1 : -1))
    .at(0)
}
