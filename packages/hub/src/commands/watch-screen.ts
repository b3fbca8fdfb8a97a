import type { EnvironmentStatus } from '../environment/read-status.ts'
import type { Propagation } from '../environment/read-nodes.ts'
import { plainText } from '../text/plain-text.ts'
import type { Look } from '../environment/watch.ts'
import type { Output } from './surroundings.ts'
import type { Colors } from './terminal.ts'
import { auditInWords, hubInWords, nodesInWords } from './watch-words.ts'
import { ago, inLocalTime, localTime, until } from '../text/wording.ts'
import { wrapped } from '../text/wrapped.ts'

const BAR_WIDTH = 30
/** What follows of a line begins where its text does. */
const HANG = 7

/** Events scroll by; below them the present state is drawn over the one before. */
export function createScreen(output: Output, colors: Colors): (look: Look) => void {
  /** The state as Redis told it last. */
  let seen: readonly string[] = []
  let drawn = 0
  return (look) => {
    const news = look.kind === 'seen' ? look.news : []
    if (look.kind === 'seen') seen = stateLines(look.status, look.propagation, colors)
    const lost = look.kind === 'seen' ? [] : [colors.red(`Redis does not answer: ${plainText(look.reason)}`)]
    const state = rowsOf([...seen, ...lost])
    const events = rowsOf(news.map((entry) => `${colors.dim(localTime(entry.at))}  ${auditInWords(entry)}`))
    // Up to the first line of the state and over it: no flicker. Where the terminal does not wrap, a line is a row.
    const up = drawn > 0 ? `\u001B[${drawn}A\r` : ''
    const lines = [...events, '', ...state]
    output.write(`\u001B[?7l${up}${lines.map((line) => `${line}\u001B[K\n`).join('')}\u001B[J\u001B[?7h`)
    drawn = state.length + 1
  }

  function rowsOf(lines: readonly string[]): string[] {
    return lines.flatMap((line) => wrapped(inLocalTime(line), output.columns, HANG).split('\n'))
  }
}

function stateLines(status: EnvironmentStatus, propagation: Propagation, colors: Colors): string[] {
  const { environment, current, hubs, now } = status
  const { pinnedUntil, held } = current ?? {}
  return [
    current === undefined
      ? `${colors.bold(environment)}  ${colors.yellow('nothing is published')}`
      : `${colors.bold(environment)}  revision ${current.revision}, ${ago(current.publishedAt, now)}, by ${plainText(current.trigger, 40)}`,
    `nodes  ${bar(propagation, colors)}`,
    ...(hubs.length === 0
      ? [`hub    ${colors.red('none alive: nothing is kept current')}`]
      : hubs.map(
          (hub) =>
            `hub    ${hubInWords(hub).replace(/\.$/, '')}${hub.lastFetch ? `, ${ago(hub.lastFetch.at, now)}` : ''}`,
        )),
    ...(pinnedUntil === undefined
      ? []
      : [colors.yellow(`PINNED until ${localTime(pinnedUntil)} (${until(pinnedUntil, now)})`)]),
    ...(held === undefined ? [] : [colors.yellow(`HELD BACK: ${plainText(held)}`)]),
  ]
}

/** How many nodes have the newest revision; full only when all have it. */
function bar(propagation: Propagation, colors: Colors): string {
  const { current, total } = propagation
  const words = nodesInWords(propagation)
  if (total === 0) return colors.dim(words)
  const filled = Math.floor((current / total) * BAR_WIDTH)
  const color = current === total ? colors.green : colors.yellow
  return `${color('█'.repeat(filled))}${colors.dim('░'.repeat(BAR_WIDTH - filled))}  ${words}`
}
