/**
 * Puts the view on a terminal and keeps it there, or writes plain lines where there is no terminal.
 *
 * @module
 */
import type { WriteStream } from 'node:tty'
import pc from 'picocolors'
import type { AppReport } from './app-report.ts'
import { type Question } from './question.ts'
import { type AppView, reportLine, viewLines } from './dev-view.ts'
import { inLocalTime } from '../text/wording.ts'
import { wrapped } from '../text/wrapped.ts'

export interface Display {
  /** Writes a line of news, with the time. */
  say(text: string): void
  appStarted(name: string, pid: number): void
  appReported(name: string, report: AppReport): void
  appEnded(name: string, how: number | string): void
  asks(questions: readonly Question[]): void
  /** Leaves the terminal as it was. */
  close(): void
}

/** News that stay visible under the tables. */
const newsKept = 8
/** What follows of a line of news begins after its time. */
const HANG = 9

/** A stream that may be a terminal. */
export type Output = Pick<NodeJS.WriteStream, 'write'> &
  Partial<Pick<WriteStream, 'isTTY' | 'columns' | 'rows'>>

export function createDisplay(output: Output, names: readonly string[]): Display {
  const isLive = output.isTTY === true
  const colors = pc.createColors(isLive && pc.isColorSupported)
  const apps = new Map<string, AppView>(
    names.map((name) => [name, { name, pid: undefined, report: undefined }]),
  )
  const news: string[] = []
  const said = new Map<string, string>()
  let questions: readonly Question[] = []
  let before: Record<string, readonly string[]> = {}
  let drawnLines = 0
  let drawing: NodeJS.Immediate | undefined

  function draw(): void {
    drawing = undefined
    const rows = Math.max(1, (output.rows ?? 24) - 1)
    const tables = [...viewLines({ apps: [...apps.values()], questions, before }, colors), ''].slice(0, rows)
    const told = news.flatMap((line) => wrapped(line, output.columns, HANG).split('\n')).map(colors.dim)
    // Where there is no room for all news, the last of them are shown.
    const fitting = [...tables, ...told.slice(told.length - Math.min(told.length, rows - tables.length))]
    // Up to the first line, then each line over the old one: no flicker. Where the terminal does not wrap, a line is a row.
    const up = drawnLines > 0 ? `\u001B[${drawnLines}A\r` : ''
    output.write(`\u001B[?7l${up}${fitting.map((line) => `${line}\u001B[K\n`).join('')}\u001B[J\u001B[?7h`)
    drawnLines = fitting.length
  }

  function changed(): void {
    if (isLive) drawing ??= setImmediate(draw)
  }

  function say(text: string): void {
    const line = `${new Date().toTimeString().slice(0, 8)} ${inLocalTime(text)}`
    if (isLive) {
      news.push(line)
      news.splice(0, news.length - newsKept)
      changed()
    } else output.write(`${line}\n`)
  }

  function update(name: string, view: Partial<AppView>): void {
    const known = apps.get(name)
    if (known === undefined) return
    apps.set(name, { ...known, ...view })
    changed()
  }

  /** One line for each report that says something new. */
  function sayReport(name: string): void {
    const app = apps.get(name)
    if (app?.report?.revision === undefined) return
    const line = reportLine(app)
    if (said.get(name) === line) return
    said.set(name, line)
    say(line)
  }

  return {
    say,
    appStarted(name, pid) {
      update(name, { pid, report: undefined })
    },
    appReported(name, report) {
      const known = apps.get(name)
      const newest = Math.max(0, ...[...apps.values()].map((app) => app.report?.revision ?? 0))
      // The first app with a new revision decides what counts as before.
      if ((report.revision ?? 0) > newest) before = known?.report?.decisions ?? {}
      const isSameRevision = report.revision === known?.report?.revision
      const lagMs = report.lagMs ?? (isSameRevision ? known?.report?.lagMs : undefined)
      update(name, { report: { ...report, ...(lagMs !== undefined && { lagMs }) } })
      if (!isLive) sayReport(name)
    },
    appEnded(name, how) {
      update(name, { pid: undefined, report: undefined })
      say(`${name} has ended (${how}) and is started again`)
    },
    asks(next) {
      questions = next
      changed()
    },
    close() {
      if (drawing === undefined) return
      clearImmediate(drawing)
      draw()
    },
  }
}
