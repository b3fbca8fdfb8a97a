import colors from 'picocolors'
import { z } from 'zod'
import { plainText } from '../plain-text.ts'

const paint: Readonly<Record<string, (text: string) => string>> = {
  trace: colors.gray,
  debug: colors.gray,
  info: colors.green,
  warn: colors.yellow,
  error: colors.red,
  fatal: colors.red,
}

/** The fields that have a place of their own; all others follow as `name=value`. */
const lineSchema = z.looseObject({
  level: z.string(),
  time: z.string(),
  msg: z.string().optional(),
  environment: z.string().optional(),
  err: z.looseObject({ code: z.string().optional(), message: z.string().optional() }).optional(),
})

/**
 * One log line for people: `14:05:09.120 WARN  prod refresh failed  vwo-unreachable: VWO did not answer  trigger=poll`.
 * Stacks are for the JSON form.
 */
export function forTerminal(fields: Record<string, unknown>): string {
  const { level, time, msg, environment, err, ...rest } = lineSchema.parse(fields)
  const clock = time.slice(time.indexOf('T') + 1, -1)
  const parts = [
    colors.dim(clock),
    (paint[level] ?? String)(level.toUpperCase().padEnd(5)),
    environment === undefined ? undefined : colors.cyan(plainText(environment)),
    msg === undefined ? undefined : plainText(msg),
    err === undefined ? undefined : ` ${plainText([err.code, err.message].filter(Boolean).join(': '))}`,
    ...Object.entries(rest).map(([name, value]) => ` ${colors.dim(`${plainText(name)}=`)}${shown(value)}`),
  ]
  return `${parts.filter((part) => part !== undefined).join(' ')}\n`
}

function shown(value: unknown): string {
  if (typeof value !== 'string') return plainText(JSON.stringify(value))
  return /^[\w.:/+-]+$/.test(value) ? value : plainText(JSON.stringify(value))
}
