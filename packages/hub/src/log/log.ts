import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino'
import type { HubConfig } from '../config/hub-config.ts'
import { colorsFor, forTerminal } from './terminal-log.ts'
import { createRedact, redactJson, type Redact } from '../text/redact.ts'

/** A logger: fields first, then what happened in a few words. One line for each meaningful event. */
export type Log = Logger

export interface LogOptions {
  readonly level: HubConfig['logLevel']
  /** Every secret that is known now: a line that contains one has `[redacted]` in its place, wherever it stands. */
  readonly secrets: readonly string[] | (() => readonly string[])
  /** Where lines are written to. Default: standard output. */
  readonly destination?: DestinationStream & { readonly isTTY?: boolean }
  /** One readable line for people instead of JSON. Default: when the destination is a terminal. */
  readonly pretty?: boolean
}

/**
 * Makes the logger of a process. Lines are JSON objects with `level` (its name), `time` (ISO 8601, UTC) and `msg`.
 *
 * Secrets are taken out of the finished line, not of single fields: it is the one place that errors, their
 * causes and stacks, and what a library logs all pass through.
 */
export function createLog({ level, secrets, destination = process.stdout, pretty }: LogOptions): Log {
  const secretsNow = typeof secrets === 'function' ? secrets : () => secrets
  let known = secretsNow()
  let redact = createRedact(known)
  const isTerminal = destination.isTTY === true
  const isPretty = pretty ?? isTerminal
  const colors = colorsFor(isTerminal)
  return pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    {
      write(line: string) {
        const now = secretsNow()
        if (now !== known) [known, redact] = [now, createRedact(now)]
        const fields = redactLine(line, redact)
        destination.write(isPretty ? forTerminal(fields, colors) : `${JSON.stringify(fields)}\n`)
      },
    },
  )
}

function redactLine(line: string, redact: Redact): Record<string, unknown> {
  return redactJson(JSON.parse(line), redact) as Record<string, unknown>
}
