import type { RefreshCommands } from '../environment/refresh-commands.ts'

/** How long a hub that fetches is not replaced after its last sign of life, in milliseconds. */
export const LEASE_MS = 5000
const RENEW_MS = 1000

/** The right to fetch, while an attempt goes on. */
export interface Lease {
  /** Aborted when another hub has taken over, or when this one closes. */
  readonly signal: AbortSignal
  /** Renews it no more. Redis is not told: the end of the attempt tells it. */
  end(): void
}

/** Keeps the lease of a token that has it. @param closing - Of the hub. */
export function holdLease(
  refresh: Pick<RefreshCommands, 'renew'>,
  token: string,
  closing: AbortSignal,
): Lease {
  const lease = new AbortController()
  const abort = (): void => lease.abort()
  // Not `AbortSignal.any`: on a signal that lives longer it leaves something with each attempt.
  closing.addEventListener('abort', abort)
  if (closing.aborted) abort()
  let isAsked = false
  const renewal = setInterval(() => {
    // A slow Redis is asked no faster than it answers.
    if (isAsked) return
    isAsked = true
    refresh
      .renew(token, LEASE_MS)
      .then(
        (isHeld) => isHeld || abort(),
        () => {}, // Redis is away: what is fetched now is fenced when it is stored.
      )
      .finally(() => (isAsked = false))
  }, RENEW_MS)
  return {
    signal: lease.signal,
    end() {
      clearInterval(renewal)
      closing.removeEventListener('abort', abort)
    },
  }
}
