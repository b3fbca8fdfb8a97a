import { randomBytes } from 'node:crypto'
import type { Server } from 'node:http'
import { hostname } from 'node:os'
import type { SettingsFile } from '@vwo-hub/protocol/fullstack'
import { createActs } from './operate/acts.ts'
import { createAdminApp } from './http/admin/admin.ts'
import { createMoves } from './http/admin/revision-moves.ts'
import { createChecker } from './flow/check.ts'
import type { EnvironmentConfig, HubConfig } from './config/hub-config.ts'
import { diffOf, readPair } from './operate/diff.ts'
import type { DryRun } from './product/fullstack/dry-run/dry-run.ts'
import { createFetcher } from './flow/fetch.ts'
import { findSuspicion } from './flow/guard.ts'
import { readHistory, readStatus } from './environment/inspect.ts'
import { readNodes } from './environment/nodes.ts'
import { closeServer, listen, urlOf } from './http/listen.ts'
import type { Log } from './log/log.ts'
import { createMetrics } from './metrics/metrics.ts'
import { readEnvironment } from './metrics/reading.ts'
import { previewBeforePublication } from './product/fullstack/preview/before-publication.ts'
import { connectRedis, describeRedis } from './environment/connection.ts'
import { createRefresher, type Refresher } from './flow/refresh.ts'
import { createStore, type Published, type Store } from './environment/store.ts'
import { summariseChange } from './product/fullstack/summary/summary.ts'
import { counted } from './product/fullstack/summary/words.ts'
import { version } from './version.ts'
import { createWebhookApp } from './http/webhook/webhook.ts'
import { within } from './flow/within.ts'

export { HubError, type HubErrorCode } from './errors.ts'
export type { EnvironmentConfig, HubConfig, RedisConfig } from './config/hub-config.ts'

/** How often a hub reports itself to Redis, in milliseconds. */
const REPORT_MS = 5000
/** How long `close` waits for what was accepted, in milliseconds. */
const CLOSE_MS = 6000
/** And then for everything else to end: Redis may be frozen. */
const END_MS = 1000

/** One hub: both listeners, and a refresher for each environment. */
export interface Hub {
  /**
   * Opens the listeners and begins to refresh. A Redis or VWO that is away does not keep a hub from starting.
   *
   * @returns The base URLs of the two listeners.
   * @throws {@link HubError} `address-unusable`
   */
  start(): Promise<{ readonly publicUrl: string; readonly adminUrl: string }>
  /** Finishes what was accepted, within 8 seconds, and closes everything it opened. Idempotent. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

interface Stage {
  readonly config: EnvironmentConfig
  readonly store: Store
  readonly refresher: Refresher
  readonly close: () => void
}

/** @param options.dryRun - One that may have been started ahead; closed with the hub. Default: one of its own. */
export function createHub(
  config: HubConfig,
  { log, dryRun }: { readonly log: Log; readonly dryRun?: DryRun },
): Hub {
  const id = `${hostname()}-${process.pid}-${randomBytes(2).toString('hex')}`
  const startedAt = performance.now()
  const redis = connectRedis(config.redis, { name: `vwo-hub:${id}` })
  const checker = createChecker({ maxBytes: config.maxSettingsBytes, ...(dryRun && { dryRun }) })
  const metrics = createMetrics({
    environments: config.environments.map(({ name }) => name),
    read: (name) => readEnvironment(redis, name, config.prefix),
    webhooks: () => webhooks.counts,
  })
  const stages = new Map(config.environments.map((environment) => [environment.name, stageOf(environment)]))
  let reporting: NodeJS.Timeout | undefined
  const servers: Server[] = []
  let closed: Promise<void> | undefined

  function stageOf(environment: EnvironmentConfig): Stage {
    const { name, accountId, sdkKey } = environment
    const own = log.child({ environment: name })
    const store = createStore(redis, name, config.prefix)
    const fetcher = createFetcher({
      environment,
      timeoutMs: config.fetchTimeoutMs,
      maxBytes: config.maxSettingsBytes,
    })
    const refresher = createRefresher({
      environment,
      store,
      fetchSettings: (request) => metrics.timeFetch(name, () => fetcher.fetchSettings(request)),
      onAttempt: (attempt) => metrics.noteAttempt(name, attempt),
      check: (body) => checker.check(body, { environment: name, accountId, sdkKey }),
      suspect: (previous, next) =>
        environment.guard?.isOn === false ? undefined : findSuspicion(fileOf(previous), next.settingsFile),
      summarise: async (previous, next) => {
        const { summary } = summariseChange(fileOf(previous), next.settingsFile)
        if (environment.preview !== true || previous === undefined) return summary
        const moves = await previewBeforePublication(
          { environment: name, log: own },
          previous.text,
          next.text,
        )
        return moves === undefined ? summary : `${summary}; ${moves}`
      },
      pollIntervalMs: config.pollIntervalMs,
      log: own,
    })
    return { config: environment, store, refresher, close: fetcher.close }
  }

  const view = {
    isClosing: () => closed !== undefined,
    metrics: metrics.render,
    environments: new Map(
      [...stages].map(([name, { config: environment, refresher }]) => [
        name,
        {
          config: environment,
          current: refresher.current,
          requestRefresh: refresher.request,
          status: () => readStatus(redis, name, config.prefix),
          history: () => readHistory(redis, name, config.prefix),
          diff: async (revision: string, against?: string) =>
            diffOf(name, await readPair(redis, name, config.prefix, { from: against, to: revision })),
          moves: createMoves(name, (to, from) => readPair(redis, name, config.prefix, { from, to })),
          acts: createActs(redis, name, config.prefix),
          nodes: () => readNodes(redis, name, config.prefix),
        },
      ]),
    ),
  }
  const webhooks = createWebhookApp({
    environments: new Map(
      [...stages].map(([name, { config: environment, refresher }]) => [
        name,
        {
          secrets: environment.webhookSecrets,
          allowUnauthenticated: environment.allowUnauthenticatedWebhooks,
          requestRefresh: () => refresher.request('webhook'),
        },
      ]),
    ),
    onRefused: (name, count) => {
      const summary = `${counted(count, 'webhook')} refused: wrong or missing secret. Compare x-vwo-auth at VWO with the configured secrets.`
      stages
        .get(name)
        ?.store.audit({ what: 'webhook-refused', summary })
        .catch(() => {})
    },
    log,
  })
  const admin = createAdminApp(view, {
    ...(config.adminToken !== undefined && { token: config.adminToken }),
    log,
  })

  let isAway = false
  redis.on('error', (error: Error) => {
    if (isAway) return
    isAway = true
    log.error(
      { address: describeRedis(config.redis), reason: error.message },
      'cannot reach Redis; webhooks are answered with 503 and apps keep what they have until it is back: check that it runs and that the address is right',
    )
  })
  redis.on('ready', () => {
    isAway = false
    log.info({ address: describeRedis(config.redis) }, 'connected to Redis')
    for (const { refresher } of stages.values()) refresher.reconcile()
  })

  function report(): void {
    if (redis.status !== 'ready') return
    for (const { store, refresher } of stages.values()) {
      const fetch = refresher.lastFetch()
      const fields = {
        state: closed === undefined ? 'ready' : 'closing',
        host: hostname(),
        pid: process.pid,
        version,
        revision: refresher.current()?.revision ?? 0,
        ...(fetch && {
          lastFetchAt: fetch.at,
          lastFetchResult: fetch.result,
          lastFetchMessage: fetch.message,
        }),
      }
      store.reportHub(id, fields, performance.now() - startedAt).catch(() => {}) // The next one is five seconds away.
    }
  }

  async function start() {
    const publicServer = await listen(webhooks, config.host, config.port, 'HUB_HOST and HUB_PORT')
    servers.push(publicServer)
    const adminServer = await listen(
      admin,
      config.adminHost,
      config.adminPort,
      'HUB_ADMIN_HOST and HUB_ADMIN_PORT',
    )
    servers.push(adminServer)
    checker.start()
    redis.connect().catch(() => {}) // Told by the `error` event; the connection keeps trying.
    for (const { refresher } of stages.values()) refresher.start()
    reporting = setInterval(report, REPORT_MS)
    redis.once('ready', report)
    return { publicUrl: urlOf(publicServer), adminUrl: urlOf(adminServer) }
  }

  function close(): Promise<void> {
    closed ??= (async () => {
      log.info('closing: no new webhooks, what was accepted is finished')
      admin.endStreams()
      const listenersClosed = Promise.all(servers.map(closeServer))
      await Promise.all([...stages.values()].map(({ refresher }) => refresher.close(CLOSE_MS)))
      clearInterval(reporting)
      for (const stage of stages.values()) stage.close()
      const forgotten = [...stages.values()].map((stage) => stage.store.forgetHub(id))
      await within(END_MS, Promise.allSettled([listenersClosed, checker.close(), ...forgotten]))
      redis.disconnect()
      log.info('closed')
    })()
    return closed
  }

  return { start, close, [Symbol.asyncDispose]: close }
}

/** Parsed once for guard and summary; not kept, because there may be many environments. */
const files = new WeakMap<Published, SettingsFile>()

/** What is published has been checked before. */
function fileOf(published: Published | undefined): SettingsFile | undefined {
  if (published === undefined) return undefined
  const file = files.get(published) ?? (JSON.parse(published.text) as SettingsFile)
  files.set(published, file)
  return file
}
