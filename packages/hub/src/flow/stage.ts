import type { SettingsFile } from '@vwo-hub/protocol/fullstack'
import type { EnvironmentConfig, HubConfig } from '../config/hub-config.ts'
import type { RedisConnection } from '../environment/connection.ts'
import { createStore, type Published, type Store } from '../environment/store.ts'
import type { Log } from '../log/log.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { previewBeforePublication } from '../product/fullstack/preview/before-publication.ts'
import { summariseChange } from '../product/fullstack/summary/summary.ts'
import type { Checker } from './check.ts'
import { createFetcher } from './fetch.ts'
import { findSuspicion } from './guard.ts'
import { createRefresher, type Refresher } from './refresh.ts'

/** What a hub does for one environment. */
export interface Stage {
  readonly config: EnvironmentConfig
  readonly store: Store
  readonly refresher: Refresher
  /** Cuts a fetch under way. */
  readonly close: () => void
}

export interface StageOptions {
  readonly environment: EnvironmentConfig
  readonly config: HubConfig
  readonly redis: RedisConnection
  readonly checker: Checker
  readonly metrics: Metrics
  readonly log: Log
}

/** Puts together what keeps one environment current; nothing of it has begun. */
export function createStage(options: StageOptions): Stage {
  const { environment, config, redis, checker, metrics } = options
  const { name, accountId, sdkKey } = environment
  const log = options.log.child({ environment: name })
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
      const moves = await previewBeforePublication({ environment: name, log }, previous.text, next.text)
      return moves === undefined ? summary : `${summary}; ${moves}`
    },
    pollIntervalMs: config.pollIntervalMs,
    log,
  })
  return { config: environment, store, refresher, close: fetcher.close }
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
