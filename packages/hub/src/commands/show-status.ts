import { type Condition, isToLookAt } from '../operate/condition.ts'
import { inShort } from '../operate/in-short.ts'
import { isByHand, isVwoAhead } from '../operate/vwo-condition.ts'
import type { HubReport } from '../environment/hub-reports.ts'
import type { RevisionMeta } from '../environment/meta.ts'
import type { EnvironmentStatus } from '../environment/read-status.ts'
import type { Propagation } from '../environment/read-nodes.ts'
import { noWrites } from '../operate/no-writes.ts'
import { notCurrentInWords } from '../operate/nodes-in-words.ts'
import { plainText } from '../text/plain-text.ts'
import { isItsName } from '../operate/revision-name.ts'
import { counted } from '../text/words.ts'
import type { Colors, Terminal } from './terminal.ts'
import { nodesInWords, whoAndWhy } from './watch-words.ts'
import { ago, localTime, size, until } from '../text/wording.ts'
import { unitsInWords } from '../product/public-names.ts'

/** One environment for people: what is published, what is going on, and the last events. */
export function showStatus(terminal: Terminal, status: EnvironmentStatus, propagation: Propagation): void {
  const { colors } = terminal
  const { takesNoWrites } = status
  // The same as on the dashboard; the first is the verdict.
  const [verdict, ...others] = inShort(status, propagation).conditions
  const ofRedis: [string, string][] = takesNoWrites === undefined ? [] : [['REDIS', noWrites(takesNoWrites)]]
  for (const [label, text] of [...ofRedis, ...warningsOf(status)]) {
    terminal.table([], [[colors.inverse(colors.yellow(colors.bold(` ${label} `))), colors.yellow(text)]])
  }
  terminal.table(
    [],
    [
      ['environment', `${colors.bold(status.environment)}  ${inColor(verdict, colors)}`],
      ...others.filter(isToLookAt).map((other, index) => [index === 0 ? 'also' : '', inColor(other, colors)]),
      ...publishedRows(status, colors),
      ['nodes', nodesRow(propagation, colors)],
      ['refresh', refreshInWords(status, colors)],
      ...hubRows(status, colors),
    ],
  )
  if (status.audit.length === 0) return
  terminal.line()
  terminal.table(['WHEN', 'WHAT', 'REVISION', 'SUMMARY'], auditRows(status))
}

function inColor({ tone, sentence }: Condition, colors: Colors): string {
  const color = { good: colors.green, busy: colors.cyan, warn: colors.yellow, bad: colors.red, none: String }
  return color[tone](sentence)
}

function nodesRow(propagation: Propagation, colors: Colors): string {
  const words = nodesInWords(propagation)
  const amiss = notCurrentInWords(propagation)
  if (amiss === undefined) return words
  return `${words}, ${colors.yellow(amiss)}: vwo-hub nodes ${propagation.environment}`
}

/** Newest first. */
function auditRows({ audit, now }: EnvironmentStatus): string[][] {
  return audit.map((entry) => [
    ago(entry.at, now),
    plainText(entry.what),
    entry.revision === undefined ? '-' : String(entry.revision),
    plainText(`${entry.summary}${whoAndWhy(entry)}`),
  ])
}

function publishedRows({ current, now }: EnvironmentStatus, colors: Colors): string[][] {
  if (current === undefined)
    return [['revision', colors.red(`none: nothing has been published yet. ${isItsName}`)]]
  const { revision, publishedAt, trigger, campaigns, bytes, sha256, accountId, checkedAt, contentOf } =
    current
  return [
    ['account', plainText(accountId)],
    [
      'revision',
      `${colors.bold(String(revision))}, ${ago(publishedAt, now)} (${localTime(publishedAt)}), by ${plainText(trigger)}${contentOf === undefined ? '' : ` to ${contentOf}`}`,
    ],
    [
      'content',
      `${unitsInWords(campaigns, current.product)}, ${size(bytes)}, sha256 ${plainText(sha256.slice(0, 12))}`,
    ],
    ['checked', `${ago(checkedAt, now)}: then VWO ${answerOf(current)}`],
    ...faultRows(current, colors),
  ]
}

/** What is wrong with what is published, and survived by the SDK. */
function faultRows({ warnings = [], warningCount = 0 }: RevisionMeta, colors: Colors): string[][] {
  const more = warningCount > warnings.length ? [`and ${warningCount - warnings.length} more`] : []
  return [...warnings, ...more].map((text, index) => [
    index === 0 ? counted(warningCount, 'warning') : '',
    colors.yellow(plainText(text)),
  ])
}

function answerOf(current: RevisionMeta): string {
  return isVwoAhead(current) ? 'had something else' : 'confirmed that this is current'
}

/** What keeps VWO's settings from being published, or from being known, before everything else. */
function warningsOf(status: EnvironmentStatus): [label: string, text: string][] {
  const { current, environment, now, damaged = [] } = status
  const { pinnedUntil, waiting, held, heldSince, heldUntil } = current ?? {}
  const warnings: [string, string][] = []
  if (pinnedUntil !== undefined) {
    const newer =
      waiting === undefined
        ? ''
        : ` VWO has something else, which waits: ${plainText(waiting)}. What would change: vwo-hub diff ${environment} latest waiting.`
    warnings.push([
      'PINNED',
      `until ${localTime(pinnedUntil)} (${until(pinnedUntil, now)}) nothing that VWO sends is published.${newer} To end it: vwo-hub unpin ${environment}`,
    ])
  }
  if (current !== undefined && isByHand(current)) {
    const text = `what is live was published by hand, and is not what VWO has. To end it: vwo-hub unpin ${environment}`
    warnings.push(['BY HAND', text])
  }
  if (damaged.length > 0) {
    warnings.push([
      'DAMAGED',
      `no hub writes what these hold: ${damaged.join(', ')}. A hub that runs begins them anew. See: vwo-hub doctor ${environment}`,
    ])
  }
  if (held !== undefined) {
    const since = heldSince === undefined ? '' : `${ago(heldSince, now)}: `
    const end = heldUntil === undefined ? '' : ` Released by itself ${until(heldUntil, now)}.`
    warnings.push([
      'HELD BACK',
      `${since}${plainText(held)}.${end} What would change: vwo-hub diff ${environment} latest held. Whom it moves: vwo-hub preview held ${environment}. To keep it out: vwo-hub pin ${environment}. To publish it now: vwo-hub release ${environment}`,
    ])
  }
  return warnings
}

function refreshInWords({ refresh, hubs, now }: EnvironmentStatus, colors: Colors): string {
  const { requested, completed, owner, leaseUntil, notBefore, lastFetchAt } = refresh
  const last = lastFetchAt === undefined ? '' : `, last fetch ${ago(lastFetchAt, now)}`
  const tickets = `ticket ${completed} of ${requested} done`
  if (requested <= completed) return `idle, ${tickets}${last}`
  if (owner !== undefined && leaseUntil !== undefined && leaseUntil > now) return `fetching, ${tickets}`
  if (hubs.length === 0) return colors.red(`waits for a hub, ${tickets}${last}`)
  return `due ${notBefore === undefined ? 'now' : until(notBefore, now)}, ${tickets}${last}`
}

function hubRows({ hubs, now }: EnvironmentStatus, colors: Colors): string[][] {
  if (hubs.length === 0) return [['hubs', colors.red('none alive: nothing is kept current')]]
  return hubs.map((hub, index) => [
    index === 0 ? 'hubs' : '',
    plainText(
      `${hub.id} ${hub.state}, started ${ago(hub.startedAt, now)}, ${hub.version}${lastFetchOf(hub, now)}`,
    ),
  ])
}

function lastFetchOf({ lastFetch }: HubReport, now: string): string {
  if (lastFetch === undefined) return ''
  const message = lastFetch.message === '' ? '' : `: ${lastFetch.message}`
  return `, last fetch ${ago(lastFetch.at, now)} ${lastFetch.result}${message}`
}
