/**
 * How an environment is: everything that is amiss, and the verdict, which is the worst of it in one word and one sentence.
 * Status, page and doctor tell what is decided here; metrics and alerts have to agree with it.
 *
 * @module
 */
import type { Snapshot } from './snapshot.ts'
import { countStates } from '../environment/read-nodes.ts'
import { plainText } from '../text/plain-text.ts'
import { type Look, worseFirst } from './look.ts'
import { noWrites } from './no-writes.ts'
import { failureOf, isByHand, vwoOf, type Failure } from './vwo-condition.ts'
import { isEverywhere } from './wait-for-nodes.ts'

/** For a program to branch on. Texts may change, kinds do not. */
export type ConditionKind =
  | 'redis-away'
  | 'no-writes'
  | 'foreign'
  | 'nothing-published'
  | 'no-hub'
  | 'held'
  | Failure
  | 'nodes-ahead'
  | 'damaged'
  | 'by-hand'
  | 'pinned'
  | 'nodes-lagging'
  | 'nodes-unconfirmed'
  | 'nodes-invalid'
  | 'nodes-beyond-limit'
  | 'spreading'
  | 'no-nodes'
  | 'everywhere'

export interface Condition extends Look {
  readonly kind: ConditionKind
}

/** Behind for longer than this, in milliseconds, is not on its way any more. */
const LAGGING_MS = 30_000

/** What it is judged by. */
type Seen = Pick<Snapshot, 'name' | 'current' | 'status' | 'propagation' | 'unreachable' | 'now'>

/** The verdict: the worst of what there is to say. */
export function conditionOf(snapshot: Seen): Condition {
  return conditionsOf(snapshot)[0]
}

/**
 * All that is amiss, the worst first; at the end how far the newest revision has spread, where that is known. Nothing but
 * Redis' absence is told while it does not answer: everything else is of before.
 */
export function conditionsOf(snapshot: Seen): [Condition, ...Condition[]] {
  if (snapshot.unreachable !== undefined) return [redisAway]
  const found = [...ofSettings(snapshot), ...ofNodes(snapshot)]
  const [worst = unknown, ...others] = found.toSorted(worseFirst)
  return [worst, ...others]
}

/** Whether somebody should look at it. */
export function isToLookAt({ tone }: Condition): boolean {
  return tone === 'bad' || tone === 'warn'
}

const redisAway: Condition = {
  kind: 'redis-away',
  tone: 'bad',
  label: 'Redis away',
  sentence: 'Redis does not answer. Apps go on deciding with the settings that they have.',
}

/** Where nothing is known but what is published. */
const unknown: Condition = {
  kind: 'no-nodes',
  tone: 'none',
  label: 'Published',
  sentence: 'The newest revision is published. Nothing is known of nodes.',
}

/** What keeps new settings from being published. */
function* ofSettings({ name, current, status }: Seen): Generator<Condition> {
  if (status?.takesNoWrites !== undefined) {
    const why = noWrites(plainText(status.takesNoWrites, 200))
    const sentence = `${why}. Webhooks get 503; apps go on deciding with the settings that they have.`
    yield { kind: 'no-writes', tone: 'bad', label: 'No writes', sentence }
  }
  const foreign = status?.hubs.filter(({ state }) => state === 'foreign') ?? []
  if (foreign.length > 0) {
    const sentence =
      foreign.length === status?.hubs.length
        ? 'The hubs are configured with another account or sdkKey than what is published: nothing is kept current.'
        : 'A hub is configured with another account or sdkKey than what is published: it stands aside.'
    yield { kind: 'foreign', tone: 'bad', label: 'Another account', sentence }
  }
  if (current === undefined) {
    const sentence = `Nothing has been published for ${name} yet. Apps decide with their cache or not at all.`
    yield { kind: 'nothing-published', tone: 'bad', label: 'Nothing published', sentence }
  }
  if (status?.hubs.length === 0) {
    const sentence = 'No hub is alive: nothing is kept current.'
    yield { kind: 'no-hub', tone: 'bad', label: 'No hub', sentence }
  }
  if (current?.held !== undefined) {
    const sentence =
      'New settings are held back, because they look like an accident. The ones before stay live until somebody decides, or the time is over.'
    yield { kind: 'held', tone: 'bad', label: 'Held back', sentence }
  }
  const failure = status && failureOf(status)
  if (failure !== undefined) {
    const told = vwoOf(status)
    const stays = current === undefined ? '' : ' The last good revision stays live.'
    yield { ...told, kind: failure, sentence: `${told.sentence}${stays}` }
  }
  if ((status?.damaged ?? []).length > 0) {
    const sentence = 'Redis holds what no hub writes, where only hubs write. A hub that runs begins it anew.'
    yield { kind: 'damaged', tone: 'bad', label: 'Damaged', sentence }
  }
  if (current !== undefined && isByHand(current)) {
    const sentence =
      'What is live was published by hand, and is not what VWO has. It ends with the pin, once VWO answers.'
    yield { kind: 'by-hand', tone: 'warn', label: 'By hand', sentence }
  }
  if (current?.pinnedUntil !== undefined) {
    const sentence = 'Pinned: nothing that VWO sends is published.'
    yield { kind: 'pinned', tone: 'warn', label: 'Pinned', sentence }
  }
}

/** Where the newest revision has arrived, and which nodes are not right. */
function* ofNodes({ current, propagation, now }: Seen): Generator<Condition> {
  if (current === undefined || propagation === undefined) return
  const { nodes, total } = propagation
  if (total === 0) {
    const sentence = 'The newest revision is published. No node reports.'
    yield { kind: 'no-nodes', tone: 'good', label: 'Published', sentence }
    return
  }
  const { ahead, invalid, lagging, stale, starting } = countStates(propagation)
  if (ahead > 0) {
    const sentence =
      'Some nodes decide with a revision that Redis does not have: it lost it. A hub publishes above it what VWO has.'
    yield { kind: 'nodes-ahead', tone: 'bad', label: 'Ahead of Redis', sentence }
  }
  const isLate = nodes.some(
    ({ state, behindSince = now }) =>
      state === 'lagging' && Date.parse(now) - Date.parse(behindSince) > LAGGING_MS,
  )
  if (isLate) {
    const sentence = 'Some nodes have been behind for a while.'
    yield { kind: 'nodes-lagging', tone: 'warn', label: 'Lagging', sentence }
  }
  if (stale + starting > 0) {
    const sentence = 'Some nodes have no settings yet, or nothing confirms those that they have.'
    yield { kind: 'nodes-unconfirmed', tone: 'warn', label: 'Unconfirmed', sentence }
  }
  if (invalid > 0) {
    const sentence = 'Some reports of nodes cannot be.'
    yield { kind: 'nodes-invalid', tone: 'warn', label: 'Invalid reports', sentence }
  }
  if (total > nodes.length) {
    const sentence = 'More nodes report than are looked at.'
    yield { kind: 'nodes-beyond-limit', tone: 'warn', label: 'Too many nodes', sentence }
  }
  const isOnItsWay = propagation.revision !== current.revision || lagging > 0
  if (isOnItsWay && !isLate) {
    const sentence = 'The newest revision is on its way to the nodes.'
    yield { kind: 'spreading', tone: 'busy', label: 'Spreading', sentence }
  } else if (isEverywhere(propagation) && !isOnItsWay) {
    const sentence = 'Every node decides with the newest revision.'
    yield { kind: 'everywhere', tone: 'good', label: 'Everywhere', sentence }
  }
}
