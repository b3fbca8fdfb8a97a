/**
 * Follows one environment, whatever the product: from Redis to the swap, with what can be known about it.
 *
 * @module
 */
import { setTimeout as delay } from 'node:timers/promises'
import { DEFAULT_PREFIX } from '@vwo-hub/protocol'
import { timesOf } from './check-follow-options.ts'
import { createDoubt } from './doubt.ts'
import { ClientError } from './errors.ts'
import { createEvents, type Update } from './events.ts'
import type { Following } from './following.ts'
import { openLink } from './link.ts'
import { createLog } from './log.ts'
import type { FollowOptions } from './options.ts'
import { createProblems } from './problems.ts'
import type { Host, Prepared, Product } from './product/product.ts'
import type { ReceivedSettings, Taken } from './receive/receive.ts'
import { identityOf } from './report/node.ts'
import { createSettingsInUse } from './settings-in-use.ts'
import { createCacheFile } from './sources/cache-file.ts'
import { fallbackSources, type FirstSettings } from './sources/fallback-sources.ts'
import { createStaleness } from './staleness.ts'
import type { ClientState, Ready } from './state.ts'
import { createSwapper, type Swapped } from './swap.ts'

/** How long Redis, or the hub that is followed, may take at the start before other sources are tried, in milliseconds. */
const FIRST_MS = 500
/** How long `close` may take, in milliseconds. */
const CLOSE_TIMEOUT_MS = 5000
/** How long it may be late, in milliseconds, in telling what has not arrived by then. */
const CLOSE_GRACE_MS = 100
/** Timers that are to run for longer, in milliseconds, run at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/**
 * @param options - Checked before.
 * @param open - Makes the product, which gets its settings from here.
 */
export function follow<Methods extends object, Settings extends Prepared>(
  options: FollowOptions,
  open: (host: Host) => Product<Methods, Settings>,
): Methods & Following {
  const { environment, prefix = DEFAULT_PREFIX } = options
  const { checkIntervalMs, staleAfterMs } = timesOf(options)
  const closing = new AbortController()
  const log = createLog(options.log)
  const product = open({
    requestRefresh: refresh,
    report: (code, what, findReason) => problems.reportOwn(code, what, findReason),
    warn,
  })
  const swapper = createSwapper(environment, product)
  const events = createEvents({
    holds: (name) => (state() === name ? now() : undefined),
    onListenerError: (error) => log.warn({ err: error }, 'a listener threw'),
  })
  const staleness = createStaleness({ staleAfterMs, onChange: tellState })
  const problems = createProblems({
    log,
    emit: (error) => events.emit('error', error),
    isClosed: () => closed !== undefined,
  })

  let confirmedAt: number | null = null
  let remembered: Promise<void> = Promise.resolve()
  let closed: Promise<void> | undefined
  /** Resolves with the first settings, and on close. */
  let haveSettings: () => void = () => {}
  const settled = new Promise<void>((resolve) => (haveSettings = resolve))
  /** Resolves when Redis, or the hub, has failed for the first time: then nothing is won by waiting for it. */
  let haveFailed: () => void = () => {}
  const failure = new Promise<void>((resolve) => (haveFailed = resolve))

  const link = openLink(options, {
    product: product.name,
    checkIntervalMs,
    currentRevision: swapper.revision,
    onIdentity: (identity, revision) => doubt.look(identity, revision),
    onSettings: (settings) => takeIntoUse({ ...settings, source: link.source }),
    onConfirmed,
    onError: (error) => {
      haveFailed()
      problems.report(error)
    },
  })

  const { receiver, database } = link
  const { clock } = receiver
  const { isImpossible } = clock
  const doubt = createDoubt({ environment, swapper, clock, onDoubt: problems.report })
  const cacheFile =
    options.cacheFile === undefined
      ? undefined
      : createCacheFile(
          options.cacheFile,
          { environment, prefix, database, product: product.name },
          isImpossible,
        )

  const reporter = link.report({
    identity: identityOf(product.sdk, options.node),
    status: now,
    onRefused: problems.report,
  })
  if (reporter !== undefined) {
    for (const name of ['ready', 'update', 'stale'] as const) events.on(name, reporter.changed)
  }

  function state(): ClientState {
    if (closed !== undefined) return 'closed'
    if (swapper.revision() < 0) return 'starting'
    return staleness.isStale() ? 'stale' : 'ready'
  }

  function now(): Ready {
    const reason = problems.last()
    return {
      state: state(),
      revision: Math.max(swapper.revision(), 0),
      source: swapper.source(),
      ...(reason && { reason }),
    }
  }

  function tellState(name: 'ready' | 'stale'): void {
    const { reason: _told, ...fields } = now()
    log.info(
      fields,
      name === 'ready' ? 'ready' : `stale: nothing has confirmed the settings for ${staleAfterMs} ms`,
    )
    events.emit(name, now())
  }

  /** Where nobody has given a log, a mistake at construction is told by Node. */
  function warn(message: string): void {
    if (options.log === undefined) process.emitWarning(message, { type: 'VwoClientWarning' })
    else log.warn({}, message)
  }

  /** Swaps, remembers and announces; what fails is reported and changes nothing. */
  async function takeIntoUse(settings: FirstSettings & Pick<ReceivedSettings, 'summary'>): Promise<Taken> {
    if (closed !== undefined) return 'in-use'
    const wasStarting = state() === 'starting'
    // A hub has published what it, Redis and the cache file have, and tried it with the real SDK.
    const isProven = settings.source !== 'initial'
    let swapped: Swapped | undefined
    try {
      swapped = await swapper.swap({ ...settings, isProven }, (live) => announce(settings, live, wasStarting))
    } catch (error) {
      problems.report(error)
      return error instanceof ClientError && error.code === 'settings-refused' ? 'refused' : 'failed'
    }
    // Whoever waits for them hears of it after the listeners.
    if (swapped !== undefined) haveSettings()
    return 'in-use'
  }

  function announce(
    settings: FirstSettings & Pick<ReceivedSettings, 'summary'>,
    swapped: Swapped,
    isFirst: boolean,
  ): void {
    doubt.live(settings.identity)
    staleness.confirmed()
    if (isFirst) tellState('ready')
    const publishedAt = swapped.revision || Date.now()
    const lagMs = isFirst ? null : Math.max(0, Date.now() + clock.offsetMs() - publishedAt)
    const { summary } = settings
    const update: Update = { ...swapped, lagMs, ...(summary !== undefined && { summary }) }
    log.info(update, `decides with revision ${swapped.revision} from ${swapped.source}`)
    events.emit('update', update)
    if (settings.source === 'redis' || settings.source === 'hub') remember(settings)
  }

  /** Writes the cache file behind the scenes; of a burst only what is still current when its turn comes. */
  function remember(settings: FirstSettings): void {
    remembered = remembered
      .then(() => (settings.revision === swapper.revision() ? cacheFile?.write(settings) : undefined))
      .catch(problems.report)
  }

  function onConfirmed(): void {
    confirmedAt = Date.now()
    problems.areOver()
    staleness.confirmed()
  }

  /** Redis, or the hub where there is none, comes first; the other sources are tried in turn, for as long as it has not answered. */
  async function start(): Promise<void> {
    receiver.start()
    const { initialSettings } = options
    const hub = link.source === 'redis' ? options.hub : undefined
    const sources = fallbackSources({
      environment,
      product: product.name,
      hub,
      cacheFile,
      initialSettings,
      isImpossible,
    })
    await Promise.race([settled, failure, pause(FIRST_MS)])
    while (state() === 'starting') {
      for (const source of sources) {
        const settings = await source().catch(problems.report)
        if (settings)
          log.debug(
            { source: settings.source },
            `begins without ${link.source === 'redis' ? 'Redis' : 'the hub'}`,
          )
        if (settings && state() === 'starting') await takeIntoUse(settings)
      }
      await Promise.race([settled, pause(checkIntervalMs)])
    }
  }

  const pause = (ms: number): Promise<void> =>
    delay(ms, undefined, { signal: closing.signal }).catch(() => {})

  function refresh(): Promise<void> {
    return link.refresh({
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

  async function flush(timeoutMs: number): Promise<void> {
    const lost = await product.flush(timeoutMs)
    if (lost === 0) return
    const what = `Cannot wait any longer for ${lost} events`
    problems.reportOwn('event-failed', what, () => `they have not arrived ${timeoutMs} ms after closing`)
  }

  function close(): Promise<void> {
    closed ??= (async () => {
      closing.abort()
      haveSettings()
      staleness.stop()
      const left = (reporter?.close() ?? Promise.resolve()).then(receiver.close)
      swapper.close()
      await product.drain(CLOSE_TIMEOUT_MS / 2)
      await Promise.race([
        Promise.all([flush(CLOSE_TIMEOUT_MS / 2), remembered, left]),
        delay(CLOSE_TIMEOUT_MS / 2 + CLOSE_GRACE_MS, undefined, { ref: false }),
      ])
      product.release()
      log.info({ revision: swapper.revision() }, 'closed')
    })()
    return closed
  }

  void start()

  return {
    ...product.methods,
    on: events.on,
    once: events.once,
    off: events.off,
    ready,
    settings: createSettingsInUse(product, swapper),
    get status() {
      return { ...now(), confirmedAt }
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}
