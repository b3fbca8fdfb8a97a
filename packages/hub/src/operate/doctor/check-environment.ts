import type { Environment } from '../../environment/environment.ts'
import type { Propagation } from '../../environment/read-nodes.ts'
import type { EnvironmentStatus } from '../../environment/read-status.ts'
import { type Condition, type ConditionKind, isToLookAt } from '../condition.ts'
import { inShort } from '../in-short.ts'
import { notCurrentInWords, shownInWords } from '../nodes-in-words.ts'
import { lastFetchOf } from '../vwo-condition.ts'
import { plainText } from '../../text/plain-text.ts'
import { counted } from '../../text/words.ts'
import { type Finding, failure, ok, warning } from './finding.ts'
import { unitsInWords } from '../../product/public-names.ts'

/** Checks what Redis knows of an environment: what is published, who keeps it current, who decides with it. */
export async function checkEnvironment({ name, read }: Environment): Promise<Finding[]> {
  return findingsOf(await read.status(), await read.nodes()).map((finding) => ({
    ...finding,
    environment: name,
  }))
}

/** What status and page find amiss, each with what to do about it, and what is in order. */
export function findingsOf(status: EnvironmentStatus, propagation: Propagation): Finding[] {
  const amiss = inShort(status, propagation).conditions.filter(isToLookAt)
  return [
    ...inOrder(status),
    ...amiss.map((condition) => findingOf(condition, status)),
    ...checkVersions(status),
    ...checkResets(status),
    checkNodes(propagation),
  ]
}

/** Which check each belongs to. */
const checks: Readonly<Record<ConditionKind, string>> = {
  'redis-away': 'redis',
  'no-writes': 'redis-writes',
  foreign: 'identity',
  'nothing-published': 'published',
  'no-hub': 'hubs',
  held: 'guard',
  'vwo-unreachable': 'hubs',
  'vwo-refused': 'hubs',
  'settings-refused': 'hubs',
  internal: 'hubs',
  damaged: 'counters',
  'by-hand': 'pin',
  pinned: 'pin',
  'nodes-ahead': 'nodes',
  'nodes-lagging': 'nodes',
  'nodes-unconfirmed': 'nodes',
  'nodes-invalid': 'nodes',
  'nodes-beyond-limit': 'nodes',
  spreading: 'nodes',
  'no-nodes': 'nodes',
  everywhere: 'nodes',
}

function findingOf({ kind, tone, sentence }: Condition, status: EnvironmentStatus): Finding {
  const detail = detailOf(kind, status)
  const text = detail === undefined ? sentence.replace(/\.$/, '') : `${sentence} ${plainText(detail, 400)}`
  return (tone === 'bad' ? failure : warning)(checks[kind], text, remedyOf(kind, status.environment))
}

/** What the sentence does not say, because it may change while nothing happens. */
function detailOf(
  kind: ConditionKind,
  { current, hubs, damaged = [] }: EnvironmentStatus,
): string | undefined {
  const foreign = hubs.filter(({ state }) => state === 'foreign').map(({ id }) => id)
  const reason = `The reason: ${lastFetchOf(hubs)?.message}`
  const details: Partial<Record<ConditionKind, string>> = {
    held: `${current?.held}. It goes out by itself at ${current?.heldUntil}`,
    pinned: `It ends at ${current?.pinnedUntil}`,
    damaged: `It is in: ${damaged.join(', ')}`,
    foreign: `It is ${foreign.join(', ')}`,
    'vwo-unreachable': reason,
    'vwo-refused': reason,
    'settings-refused': reason,
    internal: reason,
  }
  return details[kind]
}

/** What to do where a hub has nothing to do. */
export const FOREIGN = (environment: string): string =>
  `give it another name or HUB_PREFIX, or its own database; when the change is meant: vwo-hub adopt ${environment}`

/** Who writes where only hubs do. */
const INTRUDER =
  'find out who may write to the keys of hubs (docs/trust.md), and load the newest deploy/redis-users.acl'

function remedyOf(kind: ConditionKind, name: string): string {
  const remedies: Partial<Record<ConditionKind, string>> = {
    'nothing-published': `start a hub, or see why it does not publish: vwo-hub status ${name}`,
    'no-hub':
      'start one (vwo-hub serve); where one runs, compare its REDIS_URL and HUB_PREFIX, and see its log',
    foreign: FOREIGN(name),
    held: `what would change: vwo-hub diff ${name} latest held; whom it moves: vwo-hub preview held ${name}; to keep it out: vwo-hub pin ${name}; to publish it now: vwo-hub release ${name}`,
    'vwo-unreachable': `it goes on by itself; vwo-hub status ${name} shows whether it has`,
    'vwo-refused': 'correct VWO_ACCOUNT_ID or VWO_SDK_KEY of the hub',
    'settings-refused': 'undo the last change at VWO, or report it there',
    internal: 'report it, with the line of the log',
    damaged: INTRUDER,
    'by-hand': `to end it: vwo-hub unpin ${name}`,
    pinned: `to end it: vwo-hub unpin ${name}`,
  }
  return remedies[kind] ?? `which ones, and since when: vwo-hub nodes ${name}`
}

function* inOrder({ current, hubs }: EnvironmentStatus): Generator<Finding> {
  if (current !== undefined) {
    const { revision, accountId, campaigns, product } = current
    const text = `revision ${revision}: account ${plainText(accountId, 40)}, ${unitsInWords(campaigns, product)}`
    yield ok('published', text)
  }
  if (hubs.length > 0) {
    yield ok(
      'hubs',
      `${hubs.length} alive, ${[...versionsOf(hubs)].map((each) => plainText(each, 20)).join(', ')}`,
    )
  }
}

function checkVersions({ hubs }: EnvironmentStatus): Finding[] {
  return versionsOf(hubs).size > 1
    ? [warning('hubs', 'they have different versions', 'bring them all to the newest one')]
    : []
}

function versionsOf(hubs: EnvironmentStatus['hubs']): Set<string> {
  return new Set(hubs.map(({ version }) => version))
}

/** How long ago a reset may be for it to matter still, in milliseconds. */
const RESET_MS = 86_400_000

/** Whether somebody has lately written where only hubs do. */
function checkResets({ damaged = [], audit, now }: EnvironmentStatus): Finding[] {
  const since = new Date(Date.parse(now) - RESET_MS).toISOString()
  const reset = audit.find(({ what, at }) => what === 'reset' && at > since)
  return reset === undefined || damaged.length > 0
    ? []
    : [warning('counters', `at ${reset.at}: ${plainText(reset.summary, 200)}`, INTRUDER)]
}

/** How many are on it; which are not right is told with what is amiss. */
function checkNodes(propagation: Propagation): Finding {
  const { nodes, current, total } = propagation
  if (total === 0) {
    const remedy = 'where apps run: see that their client has not "report: false", and may write its keys'
    return warning('nodes', 'none has reported within the last 90 s', remedy)
  }
  const share = `${current} of ${counted(nodes.length, 'node')} on the newest revision`
  return ok(
    'nodes',
    [share, notCurrentInWords(propagation), shownInWords(propagation)].filter(Boolean).join(', '),
  )
}
