/**
 * The hub's log, as far as the audit stream does not tell the same.
 *
 * @module
 */
import { z } from 'zod'
import { createLog, type Log } from '../log/log.ts'

const lineSchema = z.looseObject({
  msg: z.string().catch(''),
  reason: z.string().optional().catch(undefined),
})

/**
 * @param secrets - Never to be shown.
 * @param say - Takes each line.
 */
export function createDevLog(secrets: readonly string[], say: (text: string) => void): Log {
  return createLog({
    level: 'error',
    secrets,
    pretty: false,
    destination: {
      write(line: string) {
        const { msg, reason } = lineSchema.parse(JSON.parse(line))
        say(`hub: ${msg}${reason === undefined ? '' : ` (${reason})`}`)
      },
    },
  })
}
