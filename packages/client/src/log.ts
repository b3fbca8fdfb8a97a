import { messageOf } from './errors.ts'
import type { ClientLog } from './options.ts'

/** How the client logs; what a log throws is nobody's. */
export type Log = Required<Pick<ClientLog, 'warn' | 'info' | 'debug'>>

type Level = keyof Log

/** Loggers as apps have them, and in which order each takes what is told. */
type Shape = 'fields first' | 'text first' | 'text alone'

export function createLog(log: ClientLog | undefined): Log {
  const shape = log === undefined ? 'fields first' : shapeOf(log)
  const at = (level: Level) => (fields: object, message: string) => {
    try {
      write(log as Loose | undefined, shape, level, fields, message)
    } catch {
      // A log that throws has nobody to be told to but itself.
    }
  }
  return { warn: at('warn'), info: at('info'), debug: at('debug') }
}

type Loose = Partial<Record<Level | 'log', (...args: readonly unknown[]) => unknown>>

function write(log: Loose | undefined, shape: Shape, level: Level, fields: object, message: string): void {
  // What Nest calls `log` is what others call `info`.
  const name = level === 'info' && shape === 'text alone' ? 'log' : level
  if (shape === 'fields first') log?.[name]?.(fields, message)
  else if (shape === 'text alone') log?.[name]?.(textOf(fields, message))
  // A console has no level: it would print all of it.
  else if (level !== 'debug' || !isConsole(log)) log?.[name]?.(message, fields)
}

function shapeOf(log: object): Shape {
  if (isConsole(log)) return 'text first'
  if (!('log' in log)) return 'fields first'
  // Nest's logger, and what implements its interface.
  if (!('info' in log)) return 'text alone'
  // Winston.
  return 'transports' in log || 'transport' in log ? 'text first' : 'fields first'
}

function isConsole(log: object | undefined): boolean {
  return log !== undefined && 'table' in log && 'dir' in log
}

function textOf(fields: { readonly code?: string; readonly err?: unknown }, message: string): string {
  const code = fields.code === undefined ? '' : ` (${fields.code})`
  const error = fields.err === undefined || fields.code !== undefined ? '' : `: ${messageOf(fields.err)}`
  return `${message}${error}${code}`
}
