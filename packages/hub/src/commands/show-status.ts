import type { EnvironmentStatus, HubReport } from '../inspect.ts'
import { plainText } from '../plain-text.ts'
import { counted } from '../summary/words.ts'
import type { Colors, Terminal } from './terminal.ts'
import { ago, localTime, size, until } from './wording.ts'

/** One environment for people: what is published, what is going on, and the last events. */
export function showStatus(terminal: Terminal, status: EnvironmentStatus): void {
  const { colors } = terminal
  terminal.table(
    [],
    [
      ['environment', colors.bold(status.environment)],
      ...publishedRows(status, colors),
      ['refresh', refreshInWords(status, colors)],
      ...hubRows(status, colors),
    ],
  )
  if (status.audit.length === 0) return
  terminal.line()
  terminal.table(['WHEN', 'WHAT', 'REVISION', 'SUMMARY'], auditRows(status))
}

/** Newest first. */
function auditRows({ audit, now }: EnvironmentStatus): string[][] {
  return audit.map(({ at, what, revision, summary, as, reason }) => [
    ago(at, now),
    plainText(what),
    revision === undefined ? '-' : String(revision),
    plainText([summary, as && `by ${as}`, reason && `(${reason})`].filter(Boolean).join(' ')),
  ])
}

function publishedRows({ current, now }: EnvironmentStatus, colors: Colors): string[][] {
  if (current === undefined) return [['revision', colors.red('none: nothing has been published yet')]]
  const { revision, publishedAt, trigger, campaigns, bytes, sha256, accountId, checkedAt } = current
  const rows = [
    ['account', plainText(accountId)],
    [
      'revision',
      `${colors.bold(String(revision))}, ${ago(publishedAt, now)} (${localTime(publishedAt)}), by ${plainText(trigger)}`,
    ],
    [
      'content',
      `${counted(campaigns, 'campaign')}, ${size(bytes)}, sha256 ${plainText(sha256.slice(0, 12))}`,
    ],
    ['checked', `${ago(checkedAt, now)}: then VWO confirmed that this is current`],
  ]
  if (current.pinnedUntil !== undefined) {
    rows.push(['pinned', colors.yellow(`nothing new is published until ${plainText(current.pinnedUntil)}`)])
  }
  if (current.held !== undefined) rows.push(['held back', colors.yellow(plainText(current.held))])
  return rows
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
