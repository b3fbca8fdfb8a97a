import type { Environment } from '../../environment/environment.ts'
import type { Propagation } from '../../environment/read-nodes.ts'
import type { EnvironmentStatus } from '../../environment/read-status.ts'
import { notCurrentInWords, shownInWords } from '../nodes-in-words.ts'
import { isEverywhere } from '../wait-for-nodes.ts'
import { plainText } from '../../text/plain-text.ts'
import { counted } from '../../text/words.ts'
import { type Finding, failure, ok, warning } from './finding.ts'
import { unitsInWords } from '../../product/public-names.ts'

/** Checks what Redis knows of an environment: what is published, who keeps it current, who decides with it. */
export async function checkEnvironment({ name, read }: Environment): Promise<Finding[]> {
  const status = await read.status()
  const findings = [
    ...checkPublished(status),
    ...checkHubs(status),
    ...checkCounters(status),
    checkNodes(await read.nodes()),
  ]
  return findings.map((finding) => ({ ...finding, environment: name }))
}

/** How long ago a reset may be for it to matter still, in milliseconds. */
const RESET_MS = 86_400_000

/** Whether somebody writes where only hubs do. */
function checkCounters({ damaged = [], audit, now }: EnvironmentStatus): Finding[] {
  const remedy =
    'find out who may write to the keys of hubs (docs/trust.md), and load the newest deploy/redis-users.acl'
  if (damaged.length > 0) {
    const text = `no hub writes what these hold: ${damaged.join(', ')}; a hub that runs begins them anew`
    return [failure('counters', text, remedy)]
  }
  const since = new Date(Date.parse(now) - RESET_MS).toISOString()
  const reset = audit.find(({ what, at }) => what === 'reset' && at > since)
  return reset === undefined
    ? []
    : [warning('counters', `at ${reset.at}: ${plainText(reset.summary, 200)}`, remedy)]
}

function checkPublished({ current, environment }: EnvironmentStatus): Finding[] {
  if (current === undefined) {
    const remedy = `start a hub, or see why it does not publish: vwo-hub status ${environment}`
    return [failure('published', 'nothing is published', remedy)]
  }
  const { revision, campaigns, product, accountId, pinnedUntil, held, heldUntil } = current
  const findings = [
    ok('published', `revision ${revision}: account ${accountId}, ${unitsInWords(campaigns, product)}`),
  ]
  if (pinnedUntil !== undefined) {
    const text = `pinned until ${pinnedUntil}: what VWO has is not published`
    findings.push(warning('pin', text, `to end it: vwo-hub unpin ${environment}`))
  }
  if (held !== undefined) {
    const end = heldUntil === undefined ? '' : `; it is released by itself at ${heldUntil}`
    const remedy = `to keep it out: vwo-hub pin ${environment}; to publish it now: vwo-hub release ${environment}`
    findings.push(warning('guard', `held back: ${plainText(held, 200)}${end}`, remedy))
  }
  return findings
}

/** What to do where a hub has nothing to do. */
export const FOREIGN = (environment: string): string =>
  `give it another name or HUB_PREFIX, or its own database; when the change is meant: vwo-hub adopt ${environment}`

function checkHubs({ hubs, current, environment }: EnvironmentStatus): Finding[] {
  if (hubs.length === 0) {
    const remedy =
      'start one (vwo-hub serve); where one runs, compare its REDIS_URL and HUB_PREFIX, and see its log'
    return [failure('hubs', 'none is alive: nothing is kept current', remedy)]
  }
  const versions = new Set(hubs.map(({ version }) => version))
  const findings = [
    ok('hubs', `${hubs.length} alive, ${[...versions].map((each) => plainText(each, 20)).join(', ')}`),
  ]
  if (versions.size > 1) {
    findings.push(warning('hubs', 'they have different versions', 'bring them all to the newest one'))
  }
  for (const { id } of hubs.filter(({ state }) => state === 'foreign')) {
    const text = `${plainText(id, 80)} is configured with another account or sdkKey than what is published, and stands aside`
    findings.push(failure('identity', text, FOREIGN(environment)))
  }
  for (const { id, lastFetch } of hubs) {
    if (lastFetch === undefined || lastFetch.message === '') continue
    // Another hub has got a good answer since.
    if ((current?.checkedAt ?? '') > lastFetch.at) continue
    const text = `the last fetch of ${plainText(id, 80)} failed: ${plainText(lastFetch.message, 300)}`
    findings.push(
      warning('hubs', text, `it goes on by itself; vwo-hub status ${environment} shows whether it has`),
    )
  }
  return findings
}

function checkNodes(propagation: Propagation): Finding {
  const { nodes, current, total, environment } = propagation
  if (total === 0) {
    const remedy = 'where apps run: see that their client has not "report: false", and may write its keys'
    return warning('nodes', 'none has reported within the last 90 s', remedy)
  }
  const share = `${current} of ${counted(nodes.length, 'node')} on the newest revision`
  const text = [share, notCurrentInWords(propagation), shownInWords(propagation)].filter(Boolean).join(', ')
  if (isEverywhere(propagation)) return ok('nodes', text)
  return warning('nodes', text, `which ones, and since when: vwo-hub nodes ${environment}`)
}
