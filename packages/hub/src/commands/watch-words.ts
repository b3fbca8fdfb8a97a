import type { AuditEntry } from '../environment/audit-log.ts'
import type { HubReport } from '../environment/hub-reports.ts'
import type { Propagation } from '../environment/read-nodes.ts'
import { shownInWords } from '../operate/nodes-in-words.ts'
import { plainText } from '../text/plain-text.ts'
import { counted } from '../text/words.ts'
import { inSeconds } from '../text/wording.ts'

/** ` (root: checkout is broken)`; empty for what no person did. */
export function whoAndWhy({ as, reason }: Pick<AuditEntry, 'as' | 'reason'>): string {
  return as === undefined ? '' : ` (${[as, reason].filter(Boolean).join(': ')})`
}

/** `publish   1764001234567  checkout-test: traffic 50 → 80 %` */
export function auditInWords(entry: AuditEntry): string {
  const { what, revision, summary } = entry
  const which = revision === undefined ? '' : `${revision}  `
  return plainText(`${what.padEnd(9)} ${which}${summary}${whoAndWhy(entry)}`)
}

/** `198 of 200 nodes on revision 1764001234567, p95 0.41 s` */
export function nodesInWords(propagation: Propagation): string {
  const { revision, current, nodes, total, lag } = propagation
  if (total === 0) return 'none has reported'
  const share = `${current} of ${counted(nodes.length, 'node')} on revision ${revision ?? 'none'}`
  const speed = lag && `p95 ${inSeconds(lag.p95Ms)}`
  return [share, speed, shownInWords(propagation)].filter(Boolean).join(', ')
}

/** `hub-1-7-3fe2 ready, last fetch unchanged` */
export function hubInWords({ id, state, lastFetch }: HubReport): string {
  const fetched = lastFetch === undefined ? '' : `, last fetch ${lastFetch.result}`
  const why = lastFetch === undefined || lastFetch.message === '' ? '' : `: ${lastFetch.message}`
  return plainText(`${id} ${state}${fetched}${why}`)
}
