import { randomUUID } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Trigger } from '@vwo-hub/protocol'
import { HubError, messageOf } from '../errors.ts'
import { delayAfter } from './pace.ts'
import { createAttempt, type AttemptOptions, type AttemptResult } from './attempt.ts'
import type { Published, RefreshState } from '../environment/store.ts'
import { within } from './within.ts'

/** How long a hub that fetches is not replaced after its last sign of life, in milliseconds. */
const LEASE_MS = 5000
const RENEW_MS = 1000
/** How often each hub looks whether there is something to do, in milliseconds. */
const LOOK_MS = 1000
/** How long closing waits for what it has given up, in milliseconds: Redis may be frozen. */
const END_MS = 1000
/** How much later than the others a hub that has failed tries again, in milliseconds. */
const HEAD_START_MS = 250
/** How many times the interval such a hub waits for a poll, at least: beyond what the intervals of the others are spread over. */
const POLL_LATER = 1.15
/** How often the audit is told of one reason, as long as a hub gets no good answer itself, in milliseconds. */
const TELL_AGAIN_MS = 3_600_000
/** Distinct reasons that are remembered of one series of failures. */
const REASONS_KEPT = 100

/** What the last fetch of this hub came to. */
export interface LastFetch {
  readonly at: string
  readonly result: AttemptResult['result'] | HubError['code']
  /** Why it failed; empty when it did not. */
  readonly message: string
}

export interface RefresherOptions extends AttemptOptions {
  /** Reconciling poll, once per cluster, in milliseconds; 0: never. */
  readonly pollIntervalMs: number
  /** Told what each fetch of this hub came to. */
  readonly onAttempt?: (attempt: {
    readonly trigger: Trigger
    readonly result: AttemptResult['result'] | HubError['code']
  }) => void
}

/** Keeps one environment of one hub current. Hubs of one cluster share the work through Redis. */
export interface Refresher {
  start(): void
  /** Asks for a fetch that begins after this call. @returns Its ticket, once Redis has it. */
  request(trigger: Trigger): Promise<number>
  /** Redis is back: restore what it may have lost, and ask VWO what was missed. */
  reconcile(): void
  /** The newest published settings that this hub knows; stays while Redis is away. */
  current(): Published | undefined
  lastFetch(): LastFetch | undefined
  /** Whether a request that this hub accepted has not been seen completed. */
  isOwing(): boolean
  /** Finishes what was accepted, within the bound and a second, and leaves the rest to the other hubs. */
  close(timeoutMs: number): Promise<void>
}

export function createRefresher(options: RefresherOptions): Refresher {
  const { store, log } = options
  const runAttempt = createAttempt(options)
  const closing = new AbortController()
  // Spread over a tenth, so that environments and clusters started together do not poll together for ever.
  const pollIntervalMs = Math.round(options.pollIntervalMs * (0.95 + Math.random() / 10))

  /** Those that are about to be made. */
  const requests = new Map<Trigger, Promise<number>>()
  let known: Published | undefined
  let owed = 0
  let isReconciling = true
  let last: LastFetch | undefined
  /** Why fetches failed since any hub got a good answer. */
  const reasons = new Set<string>()
  /** What the audit has been told of since this hub got one, and when. */
  const told = new Map<string, number>()
  /** What the audit has been told of, and not yet that it is over. */
  let isRecoveryDue = false
  /** What Redis refused last; empty when it did not. */
  let refusal = ''
  /** Token of an attempt that may still hold the lease: Redis' answer was lost, or it could not be told the end. */
  let unsettled: string | undefined
  let isWoken = false
  let endSleep: () => void = () => {}
  let settle: () => void = () => {}
  let running: Promise<void> | undefined

  /** Whoever asks in the same turn of the event loop gets the same ticket: it is given out after all of them. */
  function request(trigger: Trigger): Promise<number> {
    const shared = requests.get(trigger) ?? nextTurn().then(() => requestNow(trigger))
    requests.set(trigger, shared)
    return shared
  }

  async function requestNow(trigger: Trigger): Promise<number> {
    requests.delete(trigger)
    const ticket = await store.request(trigger)
    owed = Math.max(owed, ticket)
    wake()
    return ticket
  }

  /** Since the last fetch that failed nobody has got a good answer. */
  const isFailing = (): boolean => reasons.size > 0

  function wake(): void {
    isWoken = true
    endSleep()
  }

  function sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      if (isWoken || closing.signal.aborted) {
        resolve()
        return
      }
      const timer = setTimeout(resolve, ms)
      endSleep = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  async function run(): Promise<void> {
    while (!closing.signal.aborted) {
      isWoken = false
      let waitMs = LOOK_MS
      try {
        waitMs = await step()
        refusal = ''
      } catch (error) {
        reportStandstill(error)
      }
      if (waitMs > 0) await sleep(waitMs)
    }
  }

  /** A Redis that is away is told by its connection. One that answers, and refuses, would go unseen. */
  function reportStandstill(error: unknown): void {
    const isRefused = error instanceof Error && error.name === 'ReplyError'
    if (isRefused && error.message !== refusal) {
      refusal = error.message
      log.error({ reason: refusal }, 'Redis refuses what a refresh needs; it is tried again every second')
    } else log.debug({ err: error }, 'refresh waits for Redis')
  }

  /** Looks once, and fetches when it is this hub's turn. @returns How long there is nothing to do, in milliseconds. */
  async function step(): Promise<number> {
    if (isReconciling) {
      await request('start')
      isReconciling = false
    }
    if (unsettled !== undefined) {
      // Otherwise every hub waits until a lease is over that nobody knows to have.
      await store.release(unsettled)
      unsettled = undefined
    }
    const token = randomUUID()
    unsettled = token
    // Another hub may reach VWO where this one did not: it goes first.
    const isBehind = last !== undefined && last.message !== ''
    const laterMs = Math.round(pollIntervalMs * POLL_LATER) + 2 * LOOK_MS
    const pollMs = isBehind && pollIntervalMs > 0 ? laterMs : pollIntervalMs
    const state = await store.acquire({ token, leaseMs: LEASE_MS, owed, pollIntervalMs: pollMs })
    const acquiredAt = performance.now()
    // Redis' clock, from its time at acquisition: a hub's own clock may be wrong.
    const now = (): number => state.now + Math.round(performance.now() - acquiredAt)
    await follow(state)
    const hasEnded = await endWhatIsOver(state)
    // Another hub has got a good answer since.
    if (last !== undefined && (state.meta?.checkedAt ?? '') > last.at) reportRecovery(last)
    if (state.completed >= owed) {
      owed = 0
      settle()
    }
    if (state.state !== 'leased') {
      unsettled = undefined
      if (hasEnded) return 0
      const headStartMs = isBehind ? HEAD_START_MS : 0
      return state.state === 'wait' ? Math.min(state.waitMs + headStartMs, LOOK_MS) : LOOK_MS
    }
    await attempt(token, state, now)
    unsettled = undefined
    return 0
  }

  /** Keeps what this hub knows and what Redis has in step: the newer of the two counts. */
  async function follow(state: RefreshState): Promise<void> {
    if (known !== undefined && state.revision < known.revision) {
      const { result } = await store.restore(known)
      if (result !== 'published') return
      log.warn({ revision: known.revision }, 'restored what Redis had lost')
      // It may have lost requests as well, whoever made them.
      isReconciling = true
    } else if (state.revision > (known?.revision ?? 0)) {
      known = (await store.read()) ?? known
    } else if (known !== undefined && state.meta !== undefined) {
      if (!state.hasSettings) {
        if (!(await store.refill(known))) return
        log.warn({ revision: known.revision }, 'put back the settings-file that Redis had thrown away')
      }
      if (Number(known.meta.pinSetAt ?? 0) > Number(state.meta.pinSetAt ?? 0)) {
        if (!(await store.restorePin(known))) return
        log.warn({ pinnedUntil: known.meta.pinnedUntil }, 'restored the pin, or its end, that Redis had lost')
        isReconciling = true
      } else {
        // A pin, and what the guard holds back: to be restored as well, should Redis lose them.
        known = { ...known, meta: state.meta }
      }
    }
  }

  /** A pin and a hold end by themselves, by Redis' clock; the first hub that sees it does it. */
  async function endWhatIsOver({ meta, now }: RefreshState): Promise<boolean> {
    const isOver = (until: string | undefined): until is string =>
      until !== undefined && !(Date.parse(until) > now)
    let hasEnded = false
    if (isOver(meta?.pinnedUntil)) {
      const summary = 'the pin has come to its end'
      hasEnded = (await store.lift('pin', { what: 'unpin', summary }, meta.pinnedUntil)) !== undefined
      if (hasEnded) log.info({ pinnedUntil: meta.pinnedUntil }, summary)
    }
    if (isOver(meta?.heldUntil) && meta.heldSha256 !== undefined) {
      const summary = `released by itself, held back since ${meta.heldSince ?? 'an unknown time'}: ${meta.held ?? ''}`
      const entry = { what: 'release', summary, sha256: meta.heldSha256 }
      const lifted = await store.lift('hold', entry, meta.heldSha256)
      hasEnded ||= lifted !== undefined
      if (lifted !== undefined) log.warn({ held: meta.held }, 'released by itself')
    }
    return hasEnded
  }

  /** One fetch with the lease held, from VWO to Redis. */
  async function attempt(token: string, state: RefreshState, now: () => number): Promise<void> {
    const at = (): string => new Date(now()).toISOString()
    const lease = new AbortController()
    const abort = (): void => lease.abort()
    // Not `AbortSignal.any`: on a signal that lives longer it leaves something with each attempt.
    closing.signal.addEventListener('abort', abort)
    if (closing.signal.aborted) abort()
    const { signal } = lease
    const renewal = setInterval(() => {
      store.renew(token, LEASE_MS).then(
        (isHeld) => isHeld || lease.abort(),
        () => {}, // Redis is away: what is fetched now is fenced when it is stored.
      )
    }, RENEW_MS)
    try {
      const { result, published } = await runAttempt({ token, state, stored: known, signal, now })
      known = published ?? known
      options.onAttempt?.({ trigger: state.trigger, result })
      const before = last
      last = { at: at(), result, message: '' }
      if (before !== undefined) reportRecovery(before)
      told.clear()
    } catch (error) {
      const failure = asHubError(error)
      const isLeft = signal.aborted || failure.code === 'lease-lost'
      options.onAttempt?.({ trigger: state.trigger, result: isLeft ? 'lease-lost' : failure.code })
      if (isLeft) {
        log.info({ err: failure }, 'refresh left to another hub')
        await store.release(token)
        return
      }
      const fruitless = state.fruitless + 1
      const delayMs = delayAfter(failure.code === 'vwo-refused' ? 'refused' : 'failed', fruitless)
      await store.postpone(token, delayMs, fruitless)
      await reportFailure(failure, at())
      settle()
    } finally {
      clearInterval(renewal)
      closing.signal.removeEventListener('abort', abort)
    }
  }

  /** Tells the log once per reason, not once per retry, and the audit not more often than that. */
  async function reportFailure(failure: HubError, at: string): Promise<void> {
    last = { at, result: failure.code, message: failure.message }
    const reason = reasonKeyOf(failure)
    if (reasons.has(reason)) return
    if (reasons.size >= REASONS_KEPT) reasons.clear()
    reasons.add(reason)
    log.warn({ err: failure }, 'refresh failed')
    // One hub that fails beside others that do not would fill the audit.
    if (performance.now() - (told.get(reason) ?? Number.NEGATIVE_INFINITY) < TELL_AGAIN_MS) return
    if (told.size >= REASONS_KEPT) told.clear()
    told.set(reason, performance.now())
    isRecoveryDue = true
    await store.audit({
      what: failure.code === 'settings-refused' ? 'refused' : 'failed',
      summary: failure.message,
    })
  }

  /** What is published is so whether or not the audit can be told that VWO is well again. */
  function reportRecovery({ result, message }: LastFetch): void {
    if (!isFailing()) return
    reasons.clear()
    const what = result === 'redis-unreachable' ? 'settings are stored again' : 'VWO answers well again'
    const summary = `${what}, after: ${message}`
    log.info(summary)
    if (isRecoveryDue) store.audit({ what: 'recovered', summary }).catch(() => {})
    isRecoveryDue = false
  }

  return {
    start() {
      running ??= run()
    },
    request,
    reconcile() {
      isReconciling = true
      wake()
    },
    current: () => known,
    lastFetch: () => last,
    isOwing: () => owed > 0,
    async close(timeoutMs) {
      // While VWO fails nothing is won by waiting: the ticket stays in Redis, for another hub or the next start.
      if (owed > 0 && running !== undefined && !isFailing()) {
        const settled = new Promise<void>((resolve) => (settle = resolve))
        wake()
        await within(timeoutMs, settled)
      }
      closing.abort()
      wake()
      if (running !== undefined) await within(END_MS, running)
    },
  }
}

/** An unreachable VWO has another address, port, status or duration with each retry. */
const reasonKeyOf = ({ code, message }: HubError): string =>
  code === 'vwo-unreachable' ? message.replaceAll(/\d+/g, '#') : message

function asHubError(error: unknown): HubError {
  if (error instanceof HubError) return error
  const message = messageOf(error)
  return new HubError('redis-unreachable', `Cannot store settings: ${message}. The refresh is tried again.`, {
    cause: error,
  })
}
