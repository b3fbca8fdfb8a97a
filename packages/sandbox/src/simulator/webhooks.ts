/**
 * Posts webhooks as VWO does: until the receiver answers exactly 200, for an hour.
 *
 * @module
 */
import { randomInt } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

/** Where VWO posts to. */
export interface WebhookTarget {
  readonly url: string
  /** Sent as `x-vwo-auth`. Default: no such header. */
  readonly secret?: string
}

export interface RetryOptions {
  /** Shortest pause before the next attempt, in milliseconds. @default 1000 */
  readonly minMs?: number
  /** Longest pause before the next attempt, in milliseconds. @default 2000 */
  readonly maxMs?: number
  /** How long to go on, in milliseconds. @default 3600000 */
  readonly forMs?: number
  /** How long one answer may take, in milliseconds. @default 5000 */
  readonly answerTimeoutMs?: number
}

/** One post. */
export interface WebhookAttempt {
  /** Rises with each webhook; retries carry the same number. */
  readonly webhook: number
  /** Unix time in milliseconds at which the post began. */
  readonly at: number
  /** What the receiver answered, or undefined when it did not. */
  readonly status: number | undefined
}

export interface WebhookSender {
  /** Every attempt that has ended, the oldest first. */
  readonly attempts: readonly WebhookAttempt[]
  /**
   * Posts until accepted. Settles with false when nothing is to be posted to, given up, or closed. Never rejects.
   *
   * @param target - Asked at each attempt: a secret that is made anew at VWO takes effect at once.
   */
  post(target: () => WebhookTarget | undefined): Promise<boolean>
  close(): void
}

/**
 * @param onAttempt - Called after each attempt.
 */
export function createWebhookSender(retry: RetryOptions, onAttempt: () => void): WebhookSender {
  const { minMs = 1_000, maxMs = 2_000, forMs = 3_600_000, answerTimeoutMs = 5_000 } = retry
  const attempts: WebhookAttempt[] = []
  const closing = new AbortController()
  // Every webhook that is not accepted yet listens to it.
  setMaxListeners(0, closing.signal)
  let webhooks = 0

  async function attempt(webhook: number, target: WebhookTarget, body: string): Promise<boolean> {
    const at = Date.now()
    const status = await answerOf(target, body)
    if (closing.signal.aborted) return false
    attempts.push({ webhook, at, status })
    onAttempt()
    return status === 200
  }

  async function answerOf(target: WebhookTarget, body: string): Promise<number | undefined> {
    try {
      const answer = await fetch(target.url, {
        method: 'POST',
        // Anything but 200 is a failure.
        redirect: 'manual',
        signal: AbortSignal.any([closing.signal, AbortSignal.timeout(answerTimeoutMs)]),
        headers: {
          'content-type': 'application/json',
          ...(target.secret !== undefined && { 'x-vwo-auth': target.secret }),
        },
        body,
      })
      await answer.arrayBuffer()
      return answer.status
    } catch {
      return undefined
    }
  }

  return {
    attempts,
    async post(target) {
      if (target() === undefined || closing.signal.aborted) return false
      webhooks += 1
      const webhook = webhooks
      // Composed once: a retry is the same post again.
      const body = webhookBody()
      const giveUpAt = Date.now() + forMs
      for (;;) {
        const now = target()
        if (now === undefined) return false
        if (await attempt(webhook, now, body)) return true
        const pauseMs = minMs >= maxMs ? maxMs : randomInt(minMs, maxMs)
        if (closing.signal.aborted || Date.now() + pauseMs > giveUpAt) return false
        await sleep(pauseMs, undefined, { signal: closing.signal }).catch(() => {})
      }
    },
    close: () => closing.abort(),
  }
}

/** Names no account, no environment and no key, and counts in seconds: two changes may send the same body. */
function webhookBody(): string {
  return JSON.stringify({
    timestamp: Math.floor(Date.now() / 1_000),
    event: 'settings_changed',
    action: 'campaign_settings_changed',
    triggered_by: 'vwo',
  })
}
