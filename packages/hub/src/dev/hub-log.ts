/**
 * @module
 */
import { pino } from 'pino'
import { z } from 'zod'
import type { Log } from '../log.ts'

const lineSchema = z.looseObject({
  msg: z.string().catch(''),
  reason: z.string().optional().catch(undefined),
})

/** The hub's log, as far as it needs a person's attention, as news. */
export function devLog(say: (text: string) => void): Log {
  return pino(
    { level: 'warn' },
    {
      write(line: string) {
        const { msg, reason } = lineSchema.parse(JSON.parse(line))
        say(`hub: ${msg}${reason === undefined ? '' : ` (${reason})`}`)
      },
    },
  )
}
