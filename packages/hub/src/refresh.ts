import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { PROTOCOL, type Trigger } from '@vwo-hub/client/protocol'
import type { Checked } from './check.ts'
import type { EnvironmentConfig } from './config.ts'
import { HubError } from './errors.ts'
import type { FetchRequest, FetchResult } from './fetch.ts'
import type { Log } from './log.ts'
import { delayAfter } from './pace.ts'
import { sha256Of, type Published, type RefreshState, type Store } from './store.ts'

/** How long a hub that fetches is not replaced after its last sign of life, in milliseconds. */
const LEASE_MS = 5000
const RENEW_MS = 1000
/** How often each hub looks whether there is something to do, in milliseconds. */
const LOOK_MS = 1000

/** What the last fetch of this hub came to. */
export interface LastFetch {
  readonly at: string
  readonly result: 'published' | 'unchanged' | HubError['code']
  readonly message: string
}

export interface RefresherOptions {
  readonly environment: EnvironmentConfig
  readonly store: Store
  readonly fetchSettings: (request: FetchRequest) => Promise<FetchResult>
  readonly check: (body: Uint8Array | string) => Promise<Checked>
  readonly summarise: (previous: string | undefined, next: Checked) => string
  /** Reconciling poll, once per cluster, in milliseconds; 0: never. */
  readonly pollIntervalMs: number
  readonly log: Log
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
  /** Finishes what was accepted, within the bound, and leaves the rest to the other hubs. */
  close(timeoutMs: number): Promise<void>
}

export function createRefresher(options: RefresherOptions): Refresher {
  const { environment, store, fetchSettings, check, summarise, log } = options
  const closing = new AbortController()
  // Spread over a tenth, so that environments and clusters started together do not poll together for ever.
  const pollIntervalMs = Math.round(options.pollIntervalMs * (0.95 + Math.random() / 10))

  let known: Published | undefined
  let owed = 0
  let isReconciling = true
  let last: LastFetch | undefined
  let answered: { readonly bodySha256: string; readonly sha256: string; readonly etag?: string } | undefined
  let isWoken = false
  let endSleep: () => void = () => {}
  let settle: () => void = () => {}
  let running: Promise<void> | undefined

  /** Redis' clock as ISO text, from its time at acquisition: a hub's own clock may be wrong. */
  const redisTime = (state: RefreshState, acquiredAt: number): string =>
    new Date(state.now + Math.round(performance.now() - acquiredAt)).toISOString()

  async function request(trigger: Trigger): Promise<number> {
    const ticket = await store.request(trigger)
    owed = Math.max(owed, ticket)
    wake()
    return ticket
  }

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
      } catch (error) {
        log.debug({ err: error }, 'refresh waits for Redis')
      }
      if (waitMs > 0) await sleep(waitMs)
    }
  }

  /** Looks once, and fetches when it is this hub's turn. @returns How long there is nothing to do, in milliseconds. */
  async function step(): Promise<number> {
    if (isReconciling) {
      await request('start')
      isReconciling = false
    }
    const token = randomUUID()
    const state = await store.acquire({ token, leaseMs: LEASE_MS, owed, pollIntervalMs })
    const acquiredAt = performance.now()
    await follow(state)
    if (state.completed >= owed) {
      owed = 0
      settle()
    }
    if (state.state !== 'leased') return state.state === 'wait' ? Math.min(state.waitMs, LOOK_MS) : LOOK_MS
    await attempt(token, state, () => redisTime(state, acquiredAt))
    return 0
  }

  /** Keeps what this hub knows and what Redis has in step: the newer of the two counts. */
  async function follow(state: RefreshState): Promise<void> {
    if (known !== undefined && state.revision < known.revision) {
      const { result } = await store.restore(known)
      if (result === 'published') log.warn({ revision: known.revision }, 'restored what Redis had lost')
    } else if (state.revision > (known?.revision ?? 0)) {
      known = (await store.read()) ?? known
    }
  }

  /** One fetch with the lease held, from VWO to Redis. */
  async function attempt(token: string, state: RefreshState, now: () => string): Promise<void> {
    const lease = new AbortController()
    const renewal = setInterval(() => {
      store.renew(token, LEASE_MS).then(
        (isHeld) => isHeld || lease.abort(),
        () => {}, // Redis is away: what is fetched now is fenced when it is stored.
      )
    }, RENEW_MS)
    const signal = AbortSignal.any([closing.signal, lease.signal])
    try {
      const result = await fetchCheckStore(token, state, signal, now)
      if (last !== undefined && isFailure(last)) {
        await store.audit({ what: 'recovered', summary: `VWO answers well again, after: ${last.message}` })
      }
      last = { at: now(), result, message: '' }
    } catch (error) {
      const failure = asHubError(error)
      if (signal.aborted || failure.code === 'lease-lost') {
        log.info({ err: failure }, 'refresh left to another hub')
        await store.release(token)
        return
      }
      await store.postpone(
        token,
        delayAfter(failure.code === 'vwo-refused' ? 'refused' : 'failed', state.fruitless + 1),
      )
      await reportFailure(failure, now())
    } finally {
      clearInterval(renewal)
    }
  }

  async function fetchCheckStore(
    token: string,
    state: RefreshState,
    signal: AbortSignal,
    now: () => string,
  ): Promise<'published' | 'unchanged'> {
    const stored = known
    const common = {
      attempt: { token, ticket: state.requested },
      knownRevision: stored?.revision ?? 0,
      // A poll is paced already. Everything else that turns out to be needless is told to wait.
      delayMs: state.trigger === 'poll' ? 0 : delayAfter('unchanged', state.fruitless + 1),
    }
    const isAnswered = answered !== undefined && answered.sha256 === stored?.meta.sha256
    const fetched = await fetchSettings({
      endpoint: state.trigger === 'webhook' ? 'pull' : 'settings',
      ...(isAnswered && answered?.etag !== undefined && { etag: answered.etag }),
      signal,
    })
    const bodySha256 = fetched.kind === 'body' ? sha256Of(fetched.body) : answered?.bodySha256
    const at = now()

    if (stored !== undefined && isAnswered && bodySha256 === answered?.bodySha256) {
      const confirmed = await store.confirm({ ...common, sha256: stored.meta.sha256, checkedAt: at })
      if (confirmed) {
        log.debug({ revision: stored.revision, trigger: state.trigger }, 'unchanged')
        return 'unchanged'
      }
    }
    if (fetched.kind !== 'body') {
      // Something else is stored than what VWO confirmed: ask for the whole file.
      answered = undefined
      throw new HubError(
        'vwo-unreachable',
        `VWO confirmed settings of "${environment.name}" that Redis no longer has. The whole file is fetched next.`,
      )
    }

    const checked = await check(fetched.body)
    signal.throwIfAborted()
    const summary = summarise(stored?.text, checked)
    const meta = {
      sha256: checked.sha256,
      bytes: String(checked.bytes),
      campaigns: String(checked.campaigns),
      publishedAt: now(),
      fetchedAt: at,
      checkedAt: at,
      trigger: state.trigger,
      accountId: checked.accountId,
      sdk: `${environment.sdk}/${environment.sdkVersion}`,
    }
    const { result, revision } = await store.publish({ ...common, text: checked.text, meta, summary })
    answered = {
      bodySha256: sha256Of(fetched.body),
      sha256: checked.sha256,
      ...(fetched.etag !== undefined && { etag: fetched.etag }),
    }
    if (result === 'published') {
      known = { revision, text: checked.text, meta: { ...meta, protocol: String(PROTOCOL) } }
      log.info({ revision, trigger: state.trigger, bytes: checked.bytes, summary }, 'published')
    }
    return result
  }

  /** Tells the audit and the log once per reason, not once per retry. */
  async function reportFailure(failure: HubError, at: string): Promise<void> {
    const isNews = last?.message !== failure.message
    last = { at, result: failure.code, message: failure.message }
    if (!isNews) return
    log.warn({ err: failure }, 'refresh failed')
    await store.audit({
      what: failure.code === 'settings-refused' ? 'refused' : 'failed',
      summary: failure.message,
    })
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
      if (owed > 0 && running !== undefined) {
        const settled = new Promise<void>((resolve) => (settle = resolve))
        wake()
        await within(timeoutMs, settled)
      }
      closing.abort()
      wake()
      await running
    },
  }
}

/** Waits for the promise, but not longer than the bound; leaves no timer behind. */
async function within(timeoutMs: number, promise: Promise<void>): Promise<void> {
  const timeout = new AbortController()
  await Promise.race([promise, delay(timeoutMs, undefined, { signal: timeout.signal }).catch(() => {})])
  timeout.abort()
}

const isFailure = (fetch: LastFetch): boolean => fetch.result !== 'published' && fetch.result !== 'unchanged'

function asHubError(error: unknown): HubError {
  if (error instanceof HubError) return error
  const message = error instanceof Error ? error.message : String(error)
  return new HubError('redis-unreachable', `Cannot store settings: ${message}. The refresh is tried again.`, {
    cause: error,
  })
}
