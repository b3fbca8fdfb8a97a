/**
 * A verdict, for people.
 *
 * @module
 */
import type { Verdict } from './check.ts'
import type { ChaosEvent } from './event.ts'

/** How much of the history around a violation is shown, in milliseconds. */
const aroundMs = 3000
const mostLines = 80
const mostViolations = 3

export function tableOf({ counts, violations }: Verdict): string {
  const faults = [...counts.faults].sort(([one], [other]) => one.localeCompare(other))
  const rows: (readonly [string, string | number])[] = [
    ['faults injected', faults.reduce((sum, [, count]) => sum + count, 0)],
    ...faults.map(([kind, count]) => [`  ${kind}`, count] as const),
    ['changes at VWO', counts.changes],
    ['webhooks accepted', counts.accepted],
    ['webhooks lost', counts.lost],
    ['revisions published', counts.publications],
    ['swaps', counts.swaps],
    ['out-of-order swaps', counts.outOfOrderSwaps],
    ['decisions checked', counts.decisions],
    ['wrong decisions', counts.wrongDecisions],
    ['well again after faults, ms: p50 / p99 / max', percentiles(counts.convergenceMs)],
    ['a change everywhere, ms: p50 / p99 / max', percentiles(counts.propagationMs)],
    ['losses of Redis excused, share of the time', `${(100 * counts.excused).toFixed(1)} %`],
    ['settings-files older than the one before, excused', counts.outdated],
    ['violations', violations.length],
  ]
  const width = Math.max(...rows.map(([name]) => name.length))
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n')
}

/** Each violation with what happened around it. */
export function describeViolations({ violations }: Verdict, history: readonly ChaosEvent[]): string {
  const shown = violations.slice(0, mostViolations).map(({ invariant, at, what }) => {
    const lines = historyAround(at, history).map((line) => `      ${line}`)
    return `  [invariant ${invariant}] ${what}\n${lines.join('\n')}`
  })
  const others = violations.slice(mostViolations, 10 * mostViolations)
  const more = violations.length - shown.length - others.length
  return [
    ...shown,
    ...others.map(({ invariant, what }) => `  [invariant ${invariant}] ${what}`),
    ...(more > 0 ? [`  … and ${more} more`] : []),
  ].join('\n')
}

function historyAround(at: number, history: readonly ChaosEvent[]): string[] {
  const around = history
    .filter((event) => Math.abs(event.at - at) < aroundMs)
    .sort((one, other) => one.at - other.at)
  // What twenty clients do alike is told once.
  const alike = new Map<string, { readonly event: ChaosEvent; count: number }>()
  for (const event of around) {
    const told = textOf(event)
    const known = alike.get(told)
    if (known === undefined) alike.set(told, { event, count: 1 })
    else known.count += 1
  }
  return [...alike].slice(0, mostLines).map(([told, { event, count }]) => {
    const seconds = ((event.at - at) / 1000).toFixed(3).padStart(7)
    return `${seconds} s  ${told}${count > 1 ? `  (${count} times)` : ''}`
  })
}

function textOf({ at: _at, ...event }: ChaosEvent): string {
  if (event.kind === 'swap') return `swap  ${event.process} to ${event.revision} from ${event.source}`
  if (event.kind === 'decision') {
    return `decision  ${event.process} at ${event.revision}: ${JSON.stringify(event.decided)}`
  }
  if (event.kind === 'client') {
    const settled = event.phase === 'settled' ? ` at ${event.revision} from ${event.source}` : ''
    return `client  ${event.process} ${event.phase}${settled}`
  }
  const { kind, ...rest } = event
  return `${kind}  ${JSON.stringify(rest).slice(0, 400)}`
}

function percentiles(values: readonly number[]): string {
  const sorted = values.map(Math.round).sort((one, other) => one - other)
  const at = (share: number): number | undefined =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
  return sorted.length === 0 ? '-' : `${at(0.5)} / ${at(0.99)} / ${sorted.at(-1)} (${sorted.length} times)`
}
