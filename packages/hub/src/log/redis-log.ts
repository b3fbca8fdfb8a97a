import type { Log } from './log.ts'

/** What a connection tells of itself. */
interface Connection {
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'ready', listener: () => void): unknown
}

/** Says once that Redis is away, with the reason, and once that it is back. @param address - Without user and password. */
export function logOutages(redis: Connection, address: string, log: Log): void {
  let isAway = false
  redis.on('error', (error) => {
    if (isAway) return
    isAway = true
    log.error(
      { address, reason: error.message },
      'cannot reach Redis; webhooks are answered with 503 and apps keep what they have until it is back: check that it runs and that the address is right',
    )
  })
  redis.on('ready', () => {
    isAway = false
    log.info({ address }, 'connected to Redis')
  })
}
