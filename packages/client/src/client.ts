import { setTimeout as delay } from 'node:timers/promises'
import { createCacheFile } from './sources/cache-file.ts'
import { checkClientOptions, timesOf } from './check-options.ts'
import { ClientError, type ClientErrorCode, messageOf } from './errors.ts'
import { createEvents, type ClientState, type Events, type Ready } from './events.ts'
import { createFacade } from './product/fullstack/facade.ts'
import type { LaunchOptions } from './product/fullstack/launch-options.ts'
import { identityOf } from './report/node.ts'
import { DEFAULT_PREFIX, keysOf } from '@vwo-hub/protocol'
import { createReceiver, type ReceivedSettings, type Taken } from './receive/receive.ts'
import { connectRedis, type RedisOption } from './connection/connection.ts'
import { createReporter } from './report/reporter.ts'
import { requestRefresh } from './receive/request-refresh.ts'
import { fallbackSources, type FirstSettings, type HubOption } from './sources/sources.ts'
import { createSwapper, type Swapped } from './swap.ts'
import type { MethodsFor } from './product/fullstack/vwo-methods.ts'
import { createVwoSdk, type VwoSdkModule } from './product/fullstack/vwo-sdk.ts'

export { ClientError, type ClientErrorCode } from './errors.ts'
export type { ClientEvents, ClientState, Listener, Ready, Update } from './events.ts'
export type {
  AsyncStorageConfig,
  LaunchOptions,
  UserStorageService,
} from './product/fullstack/launch-options.ts'
export type { ClusterNode } from './connection/cluster-connector.ts'
export type { ClusterOption, RedisOption } from './connection/connection.ts'
export type { HubOption, Source } from './sources/sources.ts'
export type {
  CallOptions,
  FlushResult,
  MethodsFor,
  Pushed,
  Tracked,
  TrackOptions,
  VariableValue,
} from './product/fullstack/vwo-methods.ts'
export type { VwoSdkModule } from './product/fullstack/vwo-sdk.ts'

/** How long Redis may take at the start before the other sources are tried, in milliseconds. */
const REDIS_FIRST_MS = 500
/** How long `close` may take, in milliseconds. */
const CLOSE_TIMEOUT_MS = 5000
/** How long `getAndUpdateSettingsFile` waits for a hub, in milliseconds. */
const REFRESH_TIMEOUT_MS = 10_000

/** Timers that are to run for longer, in milliseconds, run at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1
/** How often each fault of the app's own functions and calls is told at most, in milliseconds. */
const OWN_FAULT_MS = 60_000

/** What is one problem for as long as it lasts: an outage has another reason with each attempt to connect. */
const LASTING: ReadonlySet<ClientErrorCode> = new Set(['redis-unreachable', 'settings-missing'])

/** Where problems are told that nobody listens for; `console` and pino both fit. */
export interface ClientLog {
  warn(fields: object, message: string): void
}

export interface ClientOptions<Launch extends LaunchOptions = LaunchOptions> {
  /** The name that the hub knows the environment by. */
  readonly environment: string
  /**
   * A URL, options of ioredis, a cluster, or a connection of the app's, which stays as it is. It is needed; the type lets
   * `process.env.REDIS_URL` through, and an unset variable is refused with an error that says so.
   */
  readonly redis: RedisOption | undefined
  /** The app's own `vwo-node-sdk`: its default import. */
  readonly sdk: VwoSdkModule
  /** Options of the SDK's `launch`. @default {} */
  readonly launch?: Launch
  /** First part of every key, as the hub's `HUB_PREFIX`. @default "vwo" */
  readonly prefix?: string
  /** Where to keep the settings in use, for a restart while everything else is down. Processes of a host may share it. */
  readonly cacheFile?: string
  /** Settings to begin with where no other source has any. */
  readonly initialSettings?: string | object
  /** The hub's admin listener, asked at the start while Redis does not answer. */
  readonly hub?: HubOption
  /** How often the revision is read from Redis, in milliseconds: the longest that a lost message can go unnoticed. @default 2000 */
  readonly checkIntervalMs?: number
  /** After how long without Redis confirming the settings in use the state is `stale`, in milliseconds; at least two reads. @default 30000, or two reads where they take longer */
  readonly staleAfterMs?: number
  /** Whether this node tells in Redis, for operators, which revision it decides with. Needs to write there. @default true */
  readonly report?: boolean
  /** The name that operators see this node under; no two processes may share it. @default `<host>-<pid>-<4 random digits>` */
  readonly node?: string
  /** Told of problems at level `warn`. Silent by default: listen to `error`, or give `console`. */
  readonly log?: ClientLog
}

/** What a client is doing, at this moment. */
export interface ClientStatus extends Ready {
  /** When Redis last confirmed the settings in use, Unix milliseconds; `null` before. */
  readonly confirmedAt: number | null
}

/**
 * The SDK's methods for whichever settings are newest, and what can be known and done about them. Without launch options
 * that say otherwise every method answers at once.
 */
export type Client<Launch extends LaunchOptions = object> = MethodsFor<Launch> &
  Pick<Events, 'on' | 'once' | 'off'> & {
    /**
     * Resolves when there are settings to decide with, at the latest after the limit. Never rejects for an outage: the
     * client recovers alone, and until then decisions answer "not part".
     *
     * @param options.timeoutMs - Limit in milliseconds. Default 5000.
     */
    ready(options?: { readonly timeoutMs?: number }): Promise<Ready>
    readonly status: ClientStatus
    /** Sends queued events and closes the connection, within 5 seconds. Decisions go on with what is live. Idempotent. */
    close(): Promise<void>
    [Symbol.asyncDispose](): Promise<void>
  }

/**
 * Makes the one object that an app decides with, for the life of the process, and begins to follow the environment.
 *
 * @throws {@link ClientError} `option-invalid` that lists all that cannot work; never for an outage.
 */
export function createClient<const Launch extends LaunchOptions = object>(
  options: ClientOptions<Launch>,
): Client<Launch> {
  checkClientOptions(options)
  const { environment, prefix = DEFAULT_PREFIX } = options
  const { checkIntervalMs, staleAfterMs } = timesOf(options)
  const launch = options.launch ?? ({} as Launch)
  const closing = new AbortController()
  const keys = keysOf(environment, prefix)
  const cacheFile =
    options.cacheFile === undefined ? undefined : createCacheFile(options.cacheFile, environment)

  const live = createVwoSdk({
    sdk: options.sdk,
    launch,
    onCallbackError: (from, error) =>
      reportOwn('callback-failed', `${from} of the launch options failed`, error),
    onEventError,
  })
  const connection = connectRedis(options.redis as RedisOption, {
    name: `vwo-client:${environment}`,
    key: keys.meta,
  })
  const { methods, calls } = createFacade({ live, launch, requestRefresh: refresh, onEventError })
  const swapper = createSwapper({ environment, live, calls })
  const events = createEvents({
    holds: (name) => (state() === name ? now() : undefined),
    onListenerError: (error) => warn({ err: error }, 'a listener threw'),
  })

  let confirmedAt: number | null = null
  let isStale = false
  let staleTimer: NodeJS.Timeout | undefined
  /** What was told last of each code; empty again when Redis confirms. */
  const told = new Map<string, string>()
  /** When each fault of the app's own functions and calls was told last, which Redis has no part in. */
  const toldOfApp = new Map<string, number>()
  let remembered: Promise<void> = Promise.resolve()
  let closed: Promise<void> | undefined
  /** Resolves with the first settings, and on close. */
  let haveSettings: () => void = () => {}
  const settled = new Promise<void>((resolve) => (haveSettings = resolve))
  /** Resolves when Redis has failed for the first time: then nothing is won by waiting for it. */
  let redisFailed: () => void = () => {}
  const redisFailure = new Promise<void>((resolve) => (redisFailed = resolve))

  const receiver = createReceiver({
    connection,
    keys,
    environment,
    checkIntervalMs,
    currentRevision: swapper.revision,
    onSettings: (settings) => takeIntoUse({ ...settings, source: 'redis' }, true),
    onConfirmed,
    onError: (error) => {
      redisFailed()
      report(error)
    },
  })

  const reporter =
    options.report === false
      ? undefined
      : createReporter({
          redis: connection.redis,
          keys,
          identity: identityOf(options.sdk, options.node),
          status: now,
          readClock: receiver.readClock,
          clockOffsetMs: receiver.clockOffsetMs,
          onRefused: report,
        })
  if (reporter !== undefined) {
    for (const name of ['ready', 'update', 'stale'] as const) events.on(name, reporter.changed)
  }

  function state(): ClientState {
    if (closed !== undefined) return 'closed'
    if (swapper.revision() < 0) return 'starting'
    return isStale ? 'stale' : 'ready'
  }

  function now(): Ready {
    return { state: state(), revision: Math.max(swapper.revision(), 0), source: swapper.source() }
  }

  function warn(fields: object, message: string): void {
    try {
      options.log?.warn(fields, message)
    } catch {
      // A log that throws has nobody to be told to but itself.
    }
  }

  /** Tells a problem once, until it is another one or over. */
  function report(error: unknown): void {
    if (closed !== undefined) return
    const failure =
      error instanceof ClientError ? error : new ClientError('swap-failed', String(error), { cause: error })
    const news = LASTING.has(failure.code) ? failure.code : failure.message
    if (told.get(failure.code) === news) return
    if (failure.code === 'settings-missing') told.delete('redis-unreachable')
    told.set(failure.code, news)
    warn({ code: failure.code }, failure.message)
    events.emit('error', failure)
  }

  /** Tells what the app's own functions and calls do wrong: it may be with every call, and other words each time. */
  function reportOwn(code: 'callback-failed' | 'event-failed', what: string, error: unknown): void {
    const at = performance.now()
    if (at - (toldOfApp.get(what) ?? Number.NEGATIVE_INFINITY) < OWN_FAULT_MS) return
    toldOfApp.set(what, at)
    const reason = messageOf(error)
    const failure = new ClientError(code, `${what}: ${reason}. Decisions go on.`, { cause: error })
    warn({ code, err: error }, failure.message)
    events.emit('error', failure)
  }

  function onEventError(what: string, error: unknown): void {
    reportOwn('event-failed', what, error)
  }

  /** Swaps, remembers and announces; what fails is reported and changes nothing. */
  async function takeIntoUse(
    settings: FirstSettings & Pick<ReceivedSettings, 'summary'>,
    isProven: boolean,
  ): Promise<Taken> {
    if (closed !== undefined) return 'in-use'
    const wasStarting = state() === 'starting'
    let swapped: Swapped | undefined
    try {
      swapped = await swapper.swap({ ...settings, isProven })
    } catch (error) {
      report(error)
      return error instanceof ClientError && error.code === 'settings-refused' ? 'refused' : 'failed'
    }
    if (swapped === undefined) return 'in-use'
    watchStaleness()
    haveSettings()
    if (wasStarting) events.emit('ready', now())
    const publishedAt = swapped.revision || Date.now()
    const lagMs = Math.max(0, Date.now() + receiver.clockOffsetMs() - publishedAt)
    const { summary } = settings
    events.emit('update', { ...swapped, lagMs, ...(summary !== undefined && { summary }) })
    if (settings.source === 'redis' || settings.source === 'hub') remember(settings)
    return 'in-use'
  }

  /** Writes the cache file behind the scenes; of a burst only what is still current when its turn comes. */
  function remember(settings: FirstSettings): void {
    remembered = remembered
      .then(() => (settings.revision === swapper.revision() ? cacheFile?.write(settings) : undefined))
      .catch(report)
  }

  function onConfirmed(): void {
    confirmedAt = Date.now()
    told.clear()
    watchStaleness()
  }

  /** Begins the time after which settings that nothing confirms are stale. */
  function watchStaleness(): void {
    if (closed !== undefined) return
    staleTimer?.refresh()
    staleTimer ??= setTimeout(() => {
      isStale = true
      events.emit('stale', now())
    }, staleAfterMs)
    if (!isStale) return
    isStale = false
    events.emit('ready', now())
  }

  /** Redis comes first; the other sources are tried in turn, for as long as it has not answered. */
  async function start(): Promise<void> {
    receiver.start()
    const sources = fallbackSources({
      environment,
      hub: options.hub,
      cacheFile,
      initialSettings: options.initialSettings,
    })
    await Promise.race([settled, redisFailure, pause(REDIS_FIRST_MS)])
    while (state() === 'starting') {
      for (const source of sources) {
        const settings = await source().catch(report)
        if (settings && state() === 'starting') await takeIntoUse(settings, false)
      }
      await Promise.race([settled, pause(checkIntervalMs)])
    }
  }

  const pause = (ms: number): Promise<void> =>
    delay(ms, undefined, { signal: closing.signal }).catch(() => {})

  function refresh(): Promise<void> {
    return requestRefresh({
      redis: connection.redis,
      keys,
      timeoutMs: REFRESH_TIMEOUT_MS,
      signal: closing.signal,
      read: async () => {
        const revision = await receiver.read()
        if (revision <= swapper.revision()) return
        throw new ClientError(
          'settings-refused',
          `Cannot use revision ${revision} of "${environment}", which the refresh has brought: the \`error\` event says why. Revision ${swapper.revision()} stays in use.`,
        )
      },
    })
  }

  async function ready({ timeoutMs = 5000 }: { readonly timeoutMs?: number } = {}): Promise<Ready> {
    const waiting = new AbortController()
    const timeout = delay(Math.min(timeoutMs, LONGEST_TIMER_MS), undefined, {
      signal: waiting.signal,
    }).catch(() => {})
    await Promise.race([settled, timeout])
    waiting.abort()
    return now()
  }

  function close(): Promise<void> {
    closed ??= (async () => {
      closing.abort()
      haveSettings()
      clearTimeout(staleTimer)
      const left = (reporter?.close() ?? Promise.resolve()).then(receiver.close)
      await calls.drain(CLOSE_TIMEOUT_MS / 2)
      await Promise.race([
        Promise.all([live.flush(CLOSE_TIMEOUT_MS / 2), remembered, left]),
        delay(CLOSE_TIMEOUT_MS / 2, undefined, { ref: false }),
      ])
      live.release()
    })()
    return closed
  }

  void start()

  return {
    ...methods,
    on: events.on,
    once: events.once,
    off: events.off,
    ready,
    get status() {
      return { ...now(), confirmedAt }
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}
