import picocolors from 'picocolors'
import { z } from 'zod'
import { plainText } from '../text/plain-text.ts'

/** The fields that have a place of their own; all others follow as `name=value`. */
const lineSchema = z.looseObject({
  level: z.string(),
  time: z.string(),
  msg: z.string().optional(),
  environment: z.string().optional(),
  err: z.looseObject({ code: z.string().optional(), message: z.string().optional() }).optional(),
})

export type Colors = ReturnType<typeof picocolors.createColors>

/** @param isColored - Whether the output takes colours; `NO_COLOR` and the like are heeded all the same. */
export function colorsFor(isColored: boolean): Colors {
  return picocolors.createColors(isColored && picocolors.isColorSupported)
}

/**
 * One log line for people: `14:05:09.120 WARN  prod refresh failed  vwo-unreachable: VWO did not answer  trigger=poll`.
 * Stacks are for the JSON form.
 */
export function forTerminal(fields: Record<string, unknown>, colors: Colors): string {
  const { level, time, msg, environment, err, ...rest } = lineSchema.parse(fields)
  const clock = time.slice(time.indexOf('T') + 1, -1)
  const parts = [
    colors.dim(clock),
    painterFor(level, colors)(level.toUpperCase().padEnd(5)),
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

function painterFor(level: string, colors: Colors): (text: string) => string {
  if (level === 'info') return colors.green
  if (level === 'warn') return colors.yellow
  return level === 'error' || level === 'fatal' ? colors.red : colors.gray
}
