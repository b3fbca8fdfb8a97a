/**
 * What `vwo-hub dev` shows, as lines of text. No terminal in here: what comes in is a state, what goes out are
 * strings.
 *
 * @module
 */
import Table from 'cli-table3'
import { noFrame } from '../commands/terminal.ts'
import { plainText } from '../text/plain-text.ts'
import type { AppReport } from './app-report.ts'
import { type Question, users } from './question.ts'

/** How text is made to stand out; picocolors fits. */
export type Colors = Readonly<
  Record<'bold' | 'cyan' | 'dim' | 'green' | 'red' | 'yellow', (text: string) => string>
>

/** One app process as last seen. */
export interface AppView {
  readonly name: string
  /** Absent while it is being started again. */
  readonly pid: number | undefined
  readonly report: AppReport | undefined
}

export interface View {
  readonly apps: readonly AppView[]
  readonly questions: readonly Question[]
  /** Decisions before the last change, by campaign or feature: what differs from them is highlighted. */
  readonly before: Readonly<Record<string, readonly string[]>>
}

const widestCell = 24

/** Both tables: who has which revision, and what they decide. */
export function viewLines(view: View, colors: Colors): string[] {
  return [...appTable(view, colors), '', ...decisionTable(view, colors)]
}

/** One app's report on one line, for output that is not a terminal. */
export function reportLine({ name, pid, report }: AppView): string {
  const decisions = Object.entries(report?.decisions ?? {}).map(
    ([unit, answers]) =>
      `${plainText(unit)} ${users.map((user, index) => `${user}=${plainText(answers[index] ?? '')}`).join(' ')}`,
  )
  return `${name} (pid ${pid ?? '-'}) ${stateOf(report)}: ${decisions.length === 0 ? 'nothing to decide' : decisions.join('; ')}`
}

function stateOf(report: AppReport | undefined): string {
  if (report === undefined) return 'starting'
  const revision = report.revision === undefined ? 'no revision yet' : `revision ${report.revision}`
  return `${report.state}, ${revision}${report.lagMs === undefined ? '' : ` after ${Math.round(report.lagMs)} ms`}`
}

function appTable({ apps }: View, colors: Colors): string[] {
  const newest = Math.max(0, ...apps.map(({ report }) => report?.revision ?? 0))
  return tableLines(
    ['app', 'process', 'state', 'decides with revision', 'received after'],
    apps.map(({ name, pid, report }) => [
      name,
      pid === undefined ? colors.red('ended') : String(pid),
      report?.state ?? 'starting',
      revisionCell(report?.revision, newest, colors),
      report?.lagMs === undefined ? '' : `${Math.round(report.lagMs)} ms`,
    ]),
    colors,
  )
}

function revisionCell(revision: number | undefined, newest: number, colors: Colors): string {
  if (revision === undefined) return colors.dim('none yet')
  return revision === newest ? colors.green(`${revision} newest`) : colors.yellow(`${revision} behind`)
}

function decisionTable({ apps, questions, before }: View, colors: Colors): string[] {
  if (questions.length === 0)
    return [colors.dim('The settings-file has nothing to decide: every decision is null or false.')]
  return tableLines(
    ['decision', ...users],
    questions.map(({ unit, variable }) => [
      plainText(variable === undefined ? unit : `${unit} (${variable})`, widestCell),
      ...users.map((_user, index) => {
        const answers = new Set(apps.flatMap(({ report }) => report?.decisions[unit]?.[index] ?? []))
        const answer = [...answers].join(' | ')
        const cell = plainText(answer, widestCell)
        const previous = before[unit]?.[index]
        return previous !== undefined && previous !== answer ? colors.bold(colors.cyan(cell)) : cell
      }),
    ]),
    colors,
  )
}

function tableLines(head: readonly string[], rows: readonly string[][], colors: Colors): string[] {
  const table = new Table({
    head: head.map((title) => colors.dim(title)),
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 2 },
    chars: noFrame,
  })
  table.push(...rows)
  return table.toString().split('\n')
}
