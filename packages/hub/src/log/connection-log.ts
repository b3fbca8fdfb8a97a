import type { Log } from './log.ts'

const WINDOW_MS = 60_000
/** So many connections of a minute are told one by one: a fail-over takes two or three. */
const TOLD = 5

const AWAY =
  'cannot reach Redis; webhooks are answered with 503 and apps keep what they have until it is back: check that it runs and that the address is right'

/** Says whether Redis is there. */
export interface ConnectionLog {
  connected(address: string): void
  lost(address: string, reason: string): void
}

/**
 * Each time that it comes or goes; but of what closes, or refuses, as soon as it is connected to, once a minute how often, and
 * what is so then.
 */
export function createConnectionLog(log: Log): ConnectionLog {
  let limit = TOLD
  let connections = 0
  let minute: NodeJS.Timeout | undefined
  /** What is so now, where it has not been told. */
  let untold: (() => void) | undefined

  function tell(line: () => void): void {
    if (connections > limit) untold = line
    else line()
  }

  function openMinute(): void {
    connections = 0
    // It keeps no process alive.
    minute = setTimeout(closeMinute, WINDOW_MS).unref()
  }

  function closeMinute(): void {
    minute = undefined
    limit = untold === undefined ? TOLD : 0
    if (untold === undefined) return
    log.warn(
      { count: connections },
      'connected to Redis again and again: it closes or refuses right after; check that it is no replica, and what is before it',
    )
    untold()
    untold = undefined
    openMinute()
  }

  return {
    connected(address) {
      if (minute === undefined) openMinute()
      connections += 1
      tell(() => log.info({ address }, 'connected to Redis'))
    },
    lost(address, reason) {
      tell(() => log.error({ address, reason }, AWAY))
    },
  }
}
