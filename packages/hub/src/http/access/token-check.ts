import { setTimeout as delay } from 'node:timers/promises'
import type { Context } from 'hono'
import type { Log } from '../../log/log.ts'
import { onceAMinute } from '../../log/once-a-minute.ts'
import { addressOf, sourceOf } from '../request-body.ts'
import { isSameSecret } from './secret.ts'

const WINDOW_MS = 60_000
/** So many wrong tokens of one address in a minute are answered at once: people mistype. */
const FREE = 5
/** Every further one is answered after this many milliseconds. */
const DELAY_MS = 1000
/** While so many of an address wait for that, nothing that it shows is looked at: it learns 20 times a second, no more. */
const MOST_WAITING = 20
/** So many addresses are remembered, those that failed longest ago leave first: memory stays flat. */
const MAX_ADDRESSES = 10_000

interface Failures {
  readonly endsAt: number
  count: number
  waiting: number
}

/** Compares what callers show with the admin token, and slows down who guesses. */
export interface TokenCheck {
  /** @returns `wrong` after a while, where the address guesses; `too-many` when it was not looked at. */
  check(context: Context, given: string): Promise<'right' | 'wrong' | 'too-many'>
  /** How many were not `right`, since the start. */
  readonly refused: () => number
}

/** @param tokenNow - What callers have to show; nothing is right where there is none. */
export function createTokenCheck(tokenNow: () => string | undefined, log: Log): TokenCheck {
  const bySource = new Map<string, Failures>()
  let refused = 0
  let lastAddress = ''
  const report = onceAMinute((_, count) =>
    log.warn({ count, address: lastAddress }, 'admin token refused: it is not HUB_ADMIN_TOKEN'),
  )

  function failuresOf(source: string): Failures {
    const now = performance.now()
    const known = bySource.get(source)
    if (known !== undefined && (known.endsAt > now || known.waiting > 0)) return known
    const begun = { endsAt: now + WINDOW_MS, count: 0, waiting: 0 }
    bySource.delete(source)
    bySource.set(source, begun)
    if (bySource.size > MAX_ADDRESSES) bySource.delete(bySource.keys().next().value ?? '')
    return begun
  }

  function note(address: string): void {
    refused += 1
    lastAddress = address
    report('token')
  }

  return {
    async check(context, given) {
      const token = tokenNow()
      const address = addressOf(context)
      const source = sourceOf(context)
      if ((bySource.get(source)?.waiting ?? 0) >= MOST_WAITING) {
        note(address)
        return 'too-many'
      }
      if (token !== undefined && isSameSecret(given, token)) return 'right'
      note(address)
      const failures = failuresOf(source)
      failures.count += 1
      if (failures.count <= FREE) return 'wrong'
      failures.waiting += 1
      await delay(DELAY_MS, undefined, { ref: false })
      failures.waiting -= 1
      return 'wrong'
    },
    refused: () => refused,
  }
}
