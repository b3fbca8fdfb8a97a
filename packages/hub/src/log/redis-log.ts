import type { Log } from './log.ts'

/** Says once that Redis is away, with the reason, and once that it is back. */
export function logOutages(log: Log): {
  /** @param place - Without user and password. */
  onAway(reason: string, place: string): void
  onReady(place: string): void
} {
  return {
    onAway(reason, place) {
      log.error(
        { address: place, reason },
        'cannot reach Redis; webhooks are answered with 503 and apps keep what they have until it is back: check that it runs and that the address is right',
      )
    },
    onReady(place) {
      log.info({ address: place }, 'connected to Redis')
    },
  }
}
