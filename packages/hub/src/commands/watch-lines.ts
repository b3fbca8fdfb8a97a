import type { HubReport } from '../environment/hub-reports.ts'
import type { Propagation } from '../environment/read-nodes.ts'
import type { Look } from '../environment/watch.ts'
import type { Terminal } from './terminal.ts'
import { auditInWords, hubInWords, nodesInWords } from './watch-words.ts'
import { localTime } from '../text/wording.ts'

type Show = (look: Look) => void

/** What changed from one look to the next. */
interface Change {
  readonly type: 'audit' | 'nodes' | 'hubs' | 'redis'
  readonly at: string
  readonly text: string
  readonly fields: object
}

/** A line for each thing that changes. */
export function createLines(terminal: Pick<Terminal, 'line'>): Show {
  return eachChange(({ type, at, text }) => {
    const what = type === 'audit' ? '' : `${type.padEnd(9)} `
    terminal.line(`${localTime(at)}  ${what}${text}`)
  })
}

/** The same as JSON, with a `type`. */
export function createJsonLines(terminal: Pick<Terminal, 'json'>): Show {
  return eachChange(({ type, at, fields }) => terminal.json({ type, at, ...fields }))
}

function eachChange(tell: (change: Change) => void): Show {
  const told = new Map<string, string>()
  /** Tells only what is not what was told last. */
  const tellNews = (type: Change['type'], at: string, text: string, fields: object): void => {
    if (told.get(type) === text) return
    told.set(type, text)
    tell({ type, at, text, fields })
  }
  return (look) => {
    if (look.kind === 'lost') {
      const text = `does not answer: ${look.reason}`
      tellNews('redis', new Date().toISOString(), text, { isReachable: false, message: look.reason })
      return
    }
    const { status, propagation, news } = look
    if (told.has('redis')) {
      tellNews('redis', status.now, 'answers', { isReachable: true })
    }
    for (const entry of news) {
      tell({ type: 'audit', at: entry.at, text: auditInWords(entry), fields: entry })
    }
    tellNews('hubs', status.now, hubsInWords(status.hubs), { hubs: status.hubs })
    tellNews('nodes', status.now, nodesInWords(propagation), nodesFields(propagation))
  }
}

function hubsInWords(hubs: readonly HubReport[]): string {
  if (hubs.length === 0) return 'none alive'
  return hubs.map(hubInWords).toSorted().join('; ')
}

function nodesFields({ revision, publishedAt, current, lag, total }: Propagation): object {
  return { revision, publishedAt, current, total, lag }
}
