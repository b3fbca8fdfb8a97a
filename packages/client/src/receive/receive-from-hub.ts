import { setTimeout as delay } from 'node:timers/promises'
import { LONGEST_HUB_WAIT_MS } from '@vwo-hub/protocol'
import { reconnectDelayMs } from '@vwo-hub/protocol/redis'
import { ClientError } from '../errors.ts'
import type { HubOption } from '../options.ts'
import { askHub, nameOfHub, reasonOf, type HubAnswer } from '../sources/ask-hub.ts'
import { createClock } from './clock.ts'
import { otherProduct } from './other-product.ts'
import type { Receiver, ReceiverOptions } from './receive.ts'

/** How long a hub may be silent beyond what it was asked to wait, in milliseconds: then the connection is dead. */
const SILENCE_MS = 3000
/** How long all of an answer may take beyond that, in milliseconds: it may be large, and the line slow. */
const WHOLE_MS = 120_000
/** So many questions that were to wait may fail in a row, while others are answered: something in between ends them. */
const MOST_WAITS_FAILED = 2
/** What lets a question wait for so long, in milliseconds, is asked to wait for less than it did. */
const WORTH_WAITING_MS = 1000
/** What does not is asked without waiting. Both for so long, in milliseconds. */
const WAITING_LESS_MS = 60_000

export interface HubReceiverOptions extends Omit<ReceiverOptions, 'connection' | 'keys'> {
  readonly hub: HubOption
}

/**
 * Follows one environment at a hub: asks again and again for what is newer than the settings in use, and has the hub wait
 * with its answer until there is something. There is nothing between two questions that could be missed: each says what the
 * client has. Whatever happens to the connection, it is asked anew.
 */
export function createHubReceiver(options: HubReceiverOptions): Receiver {
  const {
    hub,
    environment,
    product,
    checkIntervalMs,
    currentRevision,
    onIdentity,
    onSettings,
    onConfirmed,
    onError,
  } = options
  const clock = createClock()
  const closing = new AbortController()
  const host = nameOfHub(hub)
  /** The last revision that could not be taken into use: it is not asked for again. */
  let refused = 0
  /** The hub did not have the settings in use at the last answer. Told at the second: another hub may answer. */
  let isMissing = false

  const stays = (): string =>
    currentRevision() < 0
      ? 'There are no settings in use yet.'
      : `Revision ${currentRevision()} stays in use.`

  function failureOf(error: unknown): ClientError {
    if (error instanceof ClientError) return error
    return new ClientError(
      'hub-unreachable',
      `Cannot reach the hub at ${host}: ${reasonOf(error)}. ${stays()}`,
      {
        cause: error,
      },
    )
  }

  function refusalOf(status: number, theirs: string | undefined): ClientError {
    if (theirs !== undefined) {
      return otherProduct({ environment, product, theirs, place: `the hub at ${host}`, stays: stays() })
    }
    if (status === 401 || status === 403) {
      return new ClientError(
        'hub-forbidden',
        `The hub at ${host} refuses settings of "${environment}": expected hub.token to be the environment's sdkKey, at a listener for apps, and that the hub knows the environment. ${stays()}`,
      )
    }
    if (status === 503) {
      return new ClientError(
        'settings-missing',
        `The hub at ${host} has no settings of "${environment}" yet. ${stays()}`,
      )
    }
    return new ClientError(
      'hub-unreachable',
      `The hub at ${host} gives no settings of "${environment}": expected status 200, got ${status}. ${stays()}`,
    )
  }

  function look({ kind, revision, isStale }: Exclude<HubAnswer, { readonly kind: 'refused' }>): void {
    const wasMissing = isMissing
    isMissing = revision < currentRevision()
    if (isStale) {
      const what = `The hub at ${host} has not reached Redis for a while: there may be newer settings of "${environment}".`
      onError(new ClientError('redis-unreachable', `${what} ${stays()}`))
    } else if (isMissing && wasMissing) {
      const what = `The hub at ${host} has only revision ${revision} of "${environment}".`
      onError(new ClientError('settings-missing', `${what} ${stays()}`))
    } else if (kind === 'unchanged' && revision === currentRevision()) onConfirmed()
  }

  /** @returns The revision that the hub has, and whether it is in use or need not be asked for again. */
  async function ask(waitMs: number): Promise<{ readonly revision: number; readonly isTaken: boolean }> {
    const askedAt = Date.now()
    const after = Math.max(0, refused, currentRevision())
    const limits = { silenceMs: SILENCE_MS, wholeMs: waitMs + WHOLE_MS, signal: closing.signal }
    const answer = await askHub(hub, environment, { product, after, waitMs, ...limits })
    if (answer.kind === 'refused') {
      const { status, otherProduct: theirs, retryAfterMs } = answer
      throw Object.assign(refusalOf(status, theirs), { retryAfterMs })
    }
    const { revision, identity, now } = answer
    if (now !== undefined) clock.note(now, askedAt)
    onIdentity(identity, revision)
    if (clock.isImpossible(revision)) {
      throw new ClientError(
        'settings-refused',
        `Cannot use settings of "${environment}": the hub at ${host} has revision ${revision}, which is more than a day ahead of Redis' clock. ${stays()}`,
      )
    }
    if (answer.kind === 'settings' && revision > currentRevision()) {
      const { text, sha256 } = answer
      const taken = await onSettings({ text, revision, sha256, identity })
      if (taken === 'refused') refused = revision
      if (taken === 'in-use' && !answer.isStale) onConfirmed()
      if (taken === 'failed') return { revision, isTaken: false }
    }
    look(answer)
    return { revision, isTaken: true }
  }

  async function followForEver(): Promise<void> {
    const longestMs = Math.min(checkIntervalMs, LONGEST_HUB_WAIT_MS)
    let mostMs = longestMs
    let fruitless = 0
    // At the beginning and after each failure an answer is wanted at once.
    let waitMs = 0
    let waitsFailed = 0
    let waitsLessUntil = 0
    while (!closing.signal.aborted) {
      const startedAt = performance.now()
      const before = currentRevision()
      let pauseMs = 0
      try {
        const { isTaken } = await ask(Math.round(waitMs))
        const isNews = isTaken && currentRevision() > before
        const hasWaited = waitMs > 0
        if (hasWaited) waitsFailed = 0
        if (hasWaited || isNews) fruitless = 0
        if (performance.now() >= waitsLessUntil) mostMs = longestMs
        // What does not wait is asked as seldom as Redis would be.
        if (!isNews && (hasWaited || mostMs === 0))
          pauseMs = (hasWaited ? waitMs : checkIntervalMs) - (performance.now() - startedAt)
        waitMs = mostMs
      } catch (error) {
        if (closing.signal.aborted) return
        onError(failureOf(error))
        const { retryAfterMs = 0 } = error as { readonly retryAfterMs?: number }
        pauseMs = Math.max(reconnectDelayMs(fruitless), retryAfterMs)
        if (waitMs > 0) {
          waitsFailed += 1
          const lastedMs = performance.now() - startedAt
          if (waitsFailed > MOST_WAITS_FAILED) {
            mostMs = lastedMs < WORTH_WAITING_MS ? 0 : Math.min(mostMs, lastedMs * 0.8)
            waitsLessUntil = performance.now() + WAITING_LESS_MS
          }
        }
        waitMs = 0
        fruitless += 1
      }
      if (pauseMs > 0) await delay(pauseMs, undefined, { signal: closing.signal }).catch(() => {})
    }
  }

  return {
    start: () => void followForEver(),
    async read() {
      try {
        return (await ask(0)).revision
      } catch (error) {
        throw failureOf(error)
      }
    },
    clock,
    close: () => closing.abort(),
  }
}
