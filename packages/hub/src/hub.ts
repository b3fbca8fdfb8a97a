/**
 * A hub in a program of one's own, in place of `vwo-hub serve`.
 *
 * @module @vwo-hub/hub
 */
import type { Server } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { instanceName } from '@vwo-hub/protocol'
import type { Hono } from 'hono'
import type { EnvironmentConfig, HubConfig } from './config/hub-config.ts'
import { openStore } from './environment/store.ts'
import { createStage } from './flow/stage.ts'
import { within } from './flow/within.ts'
import { createLatest } from './flow/latest.ts'
import { createAdminApp } from './http/admin-app.ts'
import { connectionLimit } from './http/connection-limit.ts'
import { type AppsApp, createAppsApp } from './http/for-apps/apps-app.ts'
import { createMoves } from './operate/revision-moves.ts'
import { closeServer, listen, type ListenOptions, urlOf } from './http/listen.ts'
import { createWebhookApp } from './http/webhook/webhook.ts'
import { createConnectionLog } from './log/connection-log.ts'
import type { Log } from './log/log.ts'
import { onceAMinute } from './log/once-a-minute.ts'
import { createMetrics } from './metrics/metrics.ts'
import { readEnvironment } from './metrics/reading.ts'
import { createActs } from './operate/acts.ts'
import { diffOf, readPair } from './operate/diff.ts'
import { createExplainUser } from './operate/explain-user.ts'
import { createRefusalNotes } from './operate/note-refused-webhooks.ts'
import { createHubReport } from './operate/report-hub.ts'
import { requestRefresh } from './operate/request-refresh.ts'
import { createReadRecent } from './operate/recent-events.ts'
import { createReadDay } from './operate/last-day.ts'
import { createReadLive } from './operate/what-is-live.ts'
import { type Judgings, openJudgings, productOf } from './product/products.ts'

export { HubError, type HubErrorCode } from './errors.ts'
export type { EnvironmentConfig, HubConfig, RedisConfig } from './config/hub-config.ts'

/** How long `close` waits for what was accepted, in milliseconds. */
const CLOSE_MS = 6000
/** And then for everything else to end: Redis may be frozen. */
const END_MS = 1000

/** How long settings may be unconfirmed by Redis, in milliseconds. */
const STALE_AFTER_MS = 30_000

/** One hub: both listeners, and a refresher for each environment. */
export interface Hub {
  /**
   * Opens the listeners and begins to refresh. A Redis or VWO that is away does not keep a hub from starting.
   *
   * @returns The base URLs of the listeners; `appUrl` where there is one for apps.
   * @throws {@link HubError} `address-unusable`
   */
  start(): Promise<{ readonly publicUrl: string; readonly adminUrl: string; readonly appUrl?: string }>
  /**
   * Takes over the secrets of a configuration that was read again: passwords of Redis, for when it connects the next time,
   * sdkKeys, webhook secrets and the admin token. What else is in it needs another hub.
   */
  takeSecrets(config: HubConfig): void
  /**
   * Finishes what was accepted, within 8 seconds, and closes everything it opened. Idempotent.
   *
   * @param options.drainMs - For so long it says before that it is closing (`/readyz`), and takes webhooks as ever: what
   *   is in front of it is to send them elsewhere first. In milliseconds. Default: 0.
   */
  close(options?: { readonly drainMs?: number }): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

type Changeable<T> = { -readonly [Key in keyof T]: T[Key] }

export interface HubOptions {
  readonly log: Log
  /** What may have been started ahead; closed with the hub. Default: its own. */
  readonly judgings?: Judgings
  /** Each time that Redis cannot be asked any more: perhaps its password is another one. */
  readonly onRedisAway?: () => void
}

export function createHub(
  config: HubConfig,
  { log, judgings = openJudgings(config), onRedisAway }: HubOptions,
): Hub {
  const id = instanceName()
  const connectionLog = createConnectionLog(log)
  const store = openStore(config.redis, {
    name: `vwo-hub:${id}`,
    prefix: config.prefix,
    onAway(reason, place) {
      connectionLog.lost(place, reason)
      onRedisAway?.()
    },
    onReady(place) {
      connectionLog.connected(place)
      for (const { refresher } of stages.values()) refresher.reconcile()
      report.now()
    },
  })
  let closed: Promise<void> | undefined
  const isClosing = (): boolean => closed !== undefined
  const metrics = createMetrics({
    environments: config.environments.map(({ name }) => name),
    read: (name) => readEnvironment(store.environment(name)),
    takesNoWrites: (name) => report.takesNoWrites(name),
    webhooks: () => webhooks.counts,
    refusedTokens: () => admin.refusedTokens(),
    apps: () => apps?.counts ?? new Map<string, never>(),
  })
  // The hub's own: secrets in them are replaced while it runs, and are read where they are needed.
  const environments: Changeable<EnvironmentConfig>[] = config.environments.map((each) => ({ ...each }))
  let { adminToken } = config
  const stages = new Map(
    environments.map((environment) => {
      const product = productOf(environment.product)
      const judging = judgings.of(product)
      return [environment.name, createStage({ environment, config, store, product, judging, metrics, log })]
    }),
  )
  const report = createHubReport({
    id,
    environments: () => stages.values(),
    isClosing,
    canWrite: store.isReady,
    log,
  })
  const servers: Server[] = []

  const view = {
    isClosing,
    staleAfterMs: config.staleAfterMs ?? STALE_AFTER_MS,
    metrics: metrics.render,
    environments: new Map(
      [...stages].map(([name, { config: own, environment, refresher, judging }]) => [
        name,
        {
          config: own,
          current: refresher.current,
          confirmedMsAgo: refresher.confirmedMsAgo,
          requestRefresh: refresher.request,
          refreshNow: async (timeoutMs: number) =>
            await requestRefresh({ read: environment.read, refresh: refresher }, timeoutMs),
          async status() {
            const [status, takesNoWrites] = [await environment.read.status(), report.takesNoWrites(name)]
            return { ...status, ...(takesNoWrites !== undefined && { takesNoWrites }) }
          },
          history: environment.read.history,
          diff: async (revision: string, against?: string) =>
            await diffOf(judging, name, await readPair(environment, { from: against, to: revision })),
          live: createReadLive({ judging, current: refresher.current, read: environment.read.revision }),
          recent: createReadRecent(environment.read.auditAfter),
          day: createReadDay(environment.minutes.after),
          explain: createExplainUser(environment, judging),
          moves: createMoves(judging, name, (to, from) => readPair(environment, { from, to })),
          acts: createActs(environment, judging, () => own),
          nodes: environment.read.nodes,
        },
      ]),
    ),
  }
  const noteRefused = createRefusalNotes()
  const webhooks = createWebhookApp({
    environments: new Map(
      [...stages].map(([name, { config: environment, refresher }]) => [
        name,
        {
          get secrets() {
            return environment.webhookSecrets
          },
          allowUnauthenticated: environment.allowUnauthenticatedWebhooks,
          requestRefresh: () => refresher.request('webhook'),
        },
      ]),
    ),
    onRefused(name, count) {
      const environment = stages.get(name)?.environment
      if (environment !== undefined) noteRefused(environment, count)
    },
    log,
  })
  const admin = createAdminApp(view, {
    get token() {
      return adminToken
    },
    endedSessions: store.endedSessions,
    log,
  })

  const apps: AppsApp | undefined =
    config.appPort === undefined
      ? undefined
      : createAppsApp({
          environments: new Map(
            [...stages].map(([name, { config: environment, environment: stored, refresher }]) => [
              name,
              { config: environment, latest: createLatest({ read: stored.read, known: refresher.current }) },
            ]),
          ),
          isClosing,
          staleAfterMs: view.staleAfterMs,
          log,
        })

  async function openListeners(): Promise<{ publicUrl: string; adminUrl: string; appUrl?: string }> {
    const { host, port, adminHost, adminPort, appHost = '0.0.0.0', appPort, keepAliveMs } = config
    const maxConnections = config.maxConnections ?? connectionLimit(apps === undefined ? 2 : 3)
    const tooMany = onceAMinute((listener, count) =>
      log.warn({ listener, count }, 'connections refused: there are as many as HUB_MAX_CONNECTIONS already'),
    )
    async function open(
      name: string,
      app: Hono,
      address: Pick<ListenOptions, 'host' | 'port' | 'variables'>,
    ): Promise<string> {
      const onTooMany = (): void => tooMany(name)
      const server = await listen(app, { ...address, maxConnections, keepAliveMs, onTooMany, isClosing })
      servers.push(server)
      return urlOf(server)
    }
    const ofAdmin = { host: adminHost, port: adminPort, variables: 'HUB_ADMIN_HOST and HUB_ADMIN_PORT' }
    const urls = {
      publicUrl: await open('public', webhooks, { host, port, variables: 'HUB_HOST and HUB_PORT' }),
      adminUrl: await open('admin', admin, ofAdmin),
    }
    if (apps === undefined || appPort === undefined) return urls
    const ofApps = { host: appHost, port: appPort, variables: 'HUB_APP_HOST and HUB_APP_PORT' }
    return { ...urls, appUrl: await open('app', apps, ofApps) }
  }

  async function start() {
    const urls = await openListeners().catch(async (error: unknown) => {
      await Promise.all(servers.splice(0).map(closeServer))
      throw error
    })
    for (const { judging } of stages.values()) judging.start()
    store.connect().catch(() => {}) // Told by `onAway`; the connection keeps trying.
    for (const { refresher } of stages.values()) refresher.start()
    report.start()
    return urls
  }

  function takeSecrets(next: HubConfig): void {
    store.takeAccess(next.redis)
    adminToken = next.adminToken
    admin.recheckStreams()
    for (const { name, sdkKey, webhookSecrets } of next.environments) {
      const own = environments.find((each) => each.name === name)
      if (own === undefined) continue
      const hasNewKey = own.sdkKey !== sdkKey
      Object.assign(own, { sdkKey, webhookSecrets })
      if (hasNewKey) stages.get(name)?.refresher.reconcile()
    }
  }

  function close({ drainMs = 0 }: { readonly drainMs?: number } = {}): Promise<void> {
    closed ??= (async () => {
      if (drainMs > 0) {
        log.info({ drainMs }, 'draining: /readyz says closing, webhooks are still taken')
        report.now()
        await delay(drainMs)
      }
      log.info('closing: no new webhooks, what was accepted is finished')
      admin.endStreams()
      apps?.endWaiting()
      const listenersClosed = Promise.all(servers.map(closeServer))
      await Promise.all([...stages.values()].map(({ refresher }) => refresher.close(CLOSE_MS)))
      for (const stage of stages.values()) stage.close()
      await within(END_MS, Promise.allSettled([listenersClosed, judgings.close(), report.end()]))
      store.close()
      log.info('closed')
    })()
    return closed
  }

  return { start, takeSecrets, close, [Symbol.asyncDispose]: () => close() }
}
