import { randomUUID } from 'node:crypto'
import type { Trigger } from '@vwo-hub/protocol'
import type { HubError } from '../errors.ts'
import { delayAfter } from './pace.ts'
import { createAttempt, type AttemptOptions, type AttemptResult } from './attempt.ts'
import { endWhatIsOver } from './end-what-is-over.ts'
import { asHubError, createFailures, needsPerson, type LastFetch } from './failures.ts'
import { createFollower } from './follow-redis.ts'
import { holdLease, LEASE_MS } from './lease.ts'
import { createOwnership } from './ownership.ts'
import { createRaising } from './raise-above.ts'
import { createRechecks } from './recheck.ts'
import { LONGEST_RETRY_AFTER_MS } from './retry-after.ts'
import { createStandstill } from './standstill.ts'
import { createTickets } from './tickets.ts'
import { createWakeableSleep } from './wakeable-sleep.ts'
import type { ReportFindings } from '../environment/hub-reports.ts'
import type { Published } from '../environment/meta.ts'
import type { RefreshState } from '../environment/refresh-commands.ts'
import { within } from './within.ts'

/** How often each hub looks whether there is something to do, in milliseconds. */
const LOOK_MS = 1000
/** How long closing waits for what it has given up, in milliseconds: Redis may be frozen. */
const END_MS = 1000
/** How much later than the others a hub that has failed tries again, in milliseconds. */
const HEAD_START_MS = 250
/** How many times the interval such a hub waits for a poll, at least: beyond what the intervals of the others are spread over. */
const POLL_LATER = 1.15

export interface RefresherOptions extends AttemptOptions {
  /** Reconciling poll, once per cluster, in milliseconds; 0: never. */
  readonly pollIntervalMs: number
  /** From a webhook's fetch to the next, and so on, in milliseconds. @default about 1, 2, 5 and 12 s */
  readonly recheckGapsMs?: readonly number[]
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
  /** Nodes decide with a revision that Redis has lost: what VWO has is published above it. */
  raiseAbove(ahead: NonNullable<ReportFindings['ahead']>): Promise<void>
  /** Redis is back: restore what it may have lost, and ask VWO what was missed. */
  reconcile(): void
  /** The newest published settings that this hub knows; stays while Redis is away. */
  current(): Published | undefined
  /** How long ago Redis has said that {@link current} is the newest, in milliseconds; undefined until it has. */
  confirmedMsAgo(): number | undefined
  lastFetch(): LastFetch | undefined
  /** Whether the settings under this name are another account's or sdkKey's: then this hub stands aside. */
  isForeign(): boolean
  /** Whether a request that this hub accepted has not been seen completed. */
  isOwing(): boolean
  /** Finishes what was accepted, within the bound and a second, and leaves the rest to the other hubs. */
  close(timeoutMs: number): Promise<void>
}

export function createRefresher(options: RefresherOptions): Refresher {
  const { store, log, recheckGapsMs } = options
  const runAttempt = createAttempt(options)
  const closing = new AbortController()
  // Spread over a tenth, so that environments and clusters started together do not poll together for ever.
  const pollIntervalMs = Math.round(options.pollIntervalMs * (0.95 + Math.random() / 10))

  const { sleep, wake, begin } = createWakeableSleep()
  const tickets = createTickets((trigger) => store.refresh.request(trigger), wake)
  const follower = createFollower(store, log)
  const failures = createFailures(store, log)
  const rechecks = createRechecks(log, { ...(recheckGapsMs && { gapsMs: recheckGapsMs }) })
  const standstill = createStandstill(log)
  const ownership = createOwnership(options.environment, store, log)
  const raising = createRaising(store.refresh, () => tickets.request('other'), log)
  let isReconciling = true
  let confirmedAt: number | undefined
  /** Token of an attempt that may still hold the lease: Redis' answer was lost, or it could not be told the end. */
  let unsettled: string | undefined
  let running: Promise<void> | undefined

  async function run(): Promise<void> {
    while (!closing.signal.aborted) {
      begin()
      let waitMs = LOOK_MS
      try {
        waitMs = await step()
        standstill.over()
      } catch (error) {
        standstill.stopped(error)
      }
      if (waitMs > 0 && !closing.signal.aborted) await sleep(waitMs)
    }
  }

  /** Looks once, and fetches when it is this hub's turn. @returns How long there is nothing to do, in milliseconds. */
  async function step(): Promise<number> {
    if (isReconciling) {
      await tickets.take('start')
      isReconciling = false
    }
    if (unsettled !== undefined) {
      // Otherwise every hub waits until a lease is over that nobody knows to have.
      await store.refresh.giveBack(unsettled)
      unsettled = undefined
    }
    const token = randomUUID()
    unsettled = token
    const owner = ownership.owner()
    const state = await store.refresh.acquire({
      token,
      leaseMs: LEASE_MS,
      owed: tickets.owed(),
      pollIntervalMs: pollMs(),
      owner,
    })
    const acquiredAt = performance.now()
    for (const name of state.resets)
      log.error({ of: name }, 'Redis held what neither a hub nor an app writes: it begins anew')
    if (await ownership.judge(state, owner)) {
      unsettled = undefined
      tickets.leave()
      return LOOK_MS
    }
    // Redis' clock, from its time at acquisition: a hub's own clock may be wrong.
    const now = (): number => state.now + Math.round(performance.now() - acquiredAt)
    if (await follower.follow(state)) isReconciling = true
    confirmedAt = performance.now()
    const hasEnded = await endWhatIsOver(store, state, log)
    failures.answered(state.meta?.checkedAt)
    tickets.complete(state.completed)
    const raised = await raising.raise(state, follower.known())
    if (raised !== undefined) follower.take(raised)
    if (state.state !== 'leased') {
      unsettled = undefined
      if (hasEnded) return 0
      const headStartMs = failures.isBehind() ? HEAD_START_MS : 0
      return state.waitMs > 0 ? Math.min(state.waitMs + headStartMs, LOOK_MS) : LOOK_MS
    }
    await attempt(token, state, now)
    unsettled = undefined
    return 0
  }

  /** Another hub may reach VWO where this one did not: it goes first. */
  function pollMs(): number {
    const isLater = failures.isBehind() && pollIntervalMs > 0
    return isLater ? Math.round(pollIntervalMs * POLL_LATER) + 2 * LOOK_MS : pollIntervalMs
  }

  /** One fetch with the lease held, from VWO to Redis. */
  async function attempt(token: string, state: RefreshState, now: () => number): Promise<void> {
    const at = (): string => new Date(now()).toISOString()
    const renew = async (...lease: Parameters<typeof store.refresh.renew>): Promise<boolean> => {
      const isHeld = await store.refresh.renew(...lease)
      // While this hub has the lease nobody else publishes.
      if (isHeld) confirmedAt = performance.now()
      return isHeld
    }
    const lease = holdLease({ renew }, token, closing.signal)
    const { signal } = lease
    try {
      const recheck = rechecks.after(state)
      const stored = follower.known()
      const { result, published } = await runAttempt({ token, state, stored, recheck, signal, now })
      if (result === 'unchanged') rechecks.tell(state, recheck)
      if (published !== undefined) follower.take(published)
      options.onAttempt?.({ trigger: state.trigger, result })
      failures.succeeded(result, at())
    } catch (error) {
      const failure = asHubError(error, options.environment.name)
      const isLeft = signal.aborted || failure.code === 'lease-lost'
      const fruitless = state.fruitless + 1
      options.onAttempt?.({ trigger: state.trigger, result: isLeft ? 'lease-lost' : failure.code })
      if (isLeft) {
        log.info({ err: failure }, 'refresh left to another hub')
        // Who closes lets the others go on at once. Otherwise somebody may publish again and again while VWO is asked.
        if (closing.signal.aborted) await store.refresh.giveBack(token)
        else await store.refresh.postpone(token, delayAfter('unchanged', fruitless), fruitless)
        return
      }
      const ownMs = delayAfter(needsPerson(failure) ? 'refused' : 'failed', fruitless)
      const delayMs = Math.max(ownMs, Math.min(failure.retryAfterMs ?? 0, LONGEST_RETRY_AFTER_MS))
      await store.refresh.postpone(token, delayMs, fruitless)
      await failures.failed(failure, at())
      tickets.leave()
    } finally {
      lease.end()
    }
  }

  return {
    start() {
      running ??= run()
    },
    async request(trigger) {
      ownership.assertOwn()
      return await tickets.request(trigger)
    },
    raiseAbove: raising.sawAhead,
    reconcile() {
      isReconciling = true
      wake()
    },
    current: follower.known,
    confirmedMsAgo: () => (confirmedAt === undefined ? undefined : performance.now() - confirmedAt),
    lastFetch: failures.last,
    isForeign: ownership.isForeign,
    isOwing: () => tickets.owed() > 0,
    async close(timeoutMs) {
      // While VWO fails nothing is won by waiting: the ticket stays in Redis, for another hub or the next start.
      if (tickets.owed() > 0 && running !== undefined && !failures.isFailing() && !ownership.isForeign()) {
        const settled = tickets.settled()
        wake()
        await within(timeoutMs, settled)
      }
      closing.abort()
      wake()
      if (running !== undefined) await within(END_MS, running)
    },
  }
}
