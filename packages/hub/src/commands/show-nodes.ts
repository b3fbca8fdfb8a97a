import type { NodeReport, Propagation } from '../environment/read-nodes.ts'
import { isAmiss, notCurrentInWords, shownInWords } from '../operate/nodes-in-words.ts'
import { counted } from '../text/words.ts'
import type { Colors, Terminal } from './terminal.ts'
import { ago, inSeconds, localTime } from '../text/wording.ts'

/** How many of the nodes that are behind are named without `--all`. */
const SHOWN = 10

/** Where the newest revision has arrived, for people: one line, and which nodes it has not reached. */
export function showNodes(
  terminal: Terminal,
  propagation: Propagation,
  { isAll }: { readonly isAll: boolean },
): void {
  const { nodes, now } = propagation
  for (const line of summaryLines(propagation, terminal.colors)) terminal.line(line)
  const behind = nodes.filter(isAmiss)
  const shown = isAll ? nodes : behind.slice(0, SHOWN)
  if (shown.length === 0) return
  terminal.line()
  if (isAll) {
    terminal.table(
      ['NODE', 'STATE', 'REVISION', 'SINCE', 'LAG', 'BEHIND SINCE', 'SEEN', 'SDK', 'CLIENT'],
      shown.map((node) => [
        ...nodeCells(node, terminal),
        node.appliedAt === undefined ? '-' : localTime(node.appliedAt),
        node.lagMs === undefined ? '-' : inSeconds(node.lagMs),
        node.behindSince === undefined ? '-' : ago(node.behindSince, now),
        ago(node.seenAt, now),
        terminal.cut(node.sdk, 40),
        terminal.cut(node.client, 20),
      ]),
    )
    return
  }
  terminal.table(
    ['NODE', 'STATE', 'REVISION', 'SEEN', 'BEHIND SINCE'],
    shown.map((node) => [
      ...nodeCells(node, terminal),
      ago(node.seenAt, now),
      node.behindSince === undefined ? '-' : `${ago(node.behindSince, now)} (${localTime(node.behindSince)})`,
    ]),
  )
  if (behind.length > SHOWN) terminal.line(`and ${behind.length - SHOWN} more: --all shows every node`)
}

function nodeCells({ id, state, revision }: NodeReport, { colors, cut }: Terminal): string[] {
  const color = state === 'current' ? colors.green : colors.yellow
  return [cut(id, 60), color(state), revision === 0 ? '-' : String(revision)]
}

function* summaryLines(propagation: Propagation, colors: Colors): Generator<string> {
  const { environment, revision, publishedAt = '', now, current, nodes, lag } = propagation
  if (propagation.total === 0) {
    yield colors.yellow(
      `No node of "${environment}" has reported within the last 90 s. Apps report unless their client has "report: false".`,
    )
  } else if (revision === undefined) {
    yield colors.red(
      `${counted(nodes.length, 'node')}, but nothing has been published for "${environment}" yet.`,
    )
  } else {
    const share = `${current} of ${counted(nodes.length, 'node')} on the newest revision`
    const speed = lag === undefined ? '' : `, p95 ${inSeconds(lag.p95Ms)}`
    const rest = [notCurrentInWords(propagation), shownInWords(propagation)].filter(Boolean)
    const color = rest.length === 0 ? colors.green : colors.yellow
    yield [`${color(share)}${speed}`, ...rest].join(', ')
  }
  if (revision === undefined) return
  yield colors.dim(`revision ${revision}, published ${ago(publishedAt, now)} (${localTime(publishedAt)})`)
  if (lag !== undefined) {
    yield colors.dim(
      `from publication to use: p50 ${inSeconds(lag.p50Ms)}, p95 ${inSeconds(lag.p95Ms)}, slowest ${inSeconds(lag.maxMs)}, of ${counted(lag.nodes, 'node')} that ran then`,
    )
  }
}
