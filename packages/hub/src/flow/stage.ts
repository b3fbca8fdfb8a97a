import type { EnvironmentConfig, HubConfig } from '../config/hub-config.ts'
import type { Environment } from '../environment/environment.ts'
import type { Store } from '../environment/store.ts'
import type { Log } from '../log/log.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { createMinuteKeeper, type MinuteKeeper } from './keep-minutes.ts'
import type { Judging, Product } from '../product/product.ts'
import { createFetcher } from './fetch.ts'
import { createRefresher, type Refresher } from './refresh.ts'

/** What a hub does for one environment. */
export interface Stage {
  readonly config: EnvironmentConfig
  readonly environment: Environment
  readonly refresher: Refresher
  readonly minutes: MinuteKeeper
  /** Knows its settings-files. */
  readonly judging: Judging
  /** Cuts a fetch under way. */
  readonly close: () => void
}

export interface StageOptions {
  readonly environment: EnvironmentConfig
  readonly config: HubConfig
  readonly store: Store
  readonly product: Product
  readonly judging: Judging
  readonly metrics: Metrics
  readonly log: Log
}

/** Puts together what keeps one environment current; nothing of it has begun. */
export function createStage(options: StageOptions): Stage {
  const { environment, config, product, judging, metrics } = options
  const { name } = environment
  const log = options.log.child({ environment: name })
  const stored = options.store.environment(name)
  const fetcher = createFetcher({
    product,
    environment,
    timeoutMs: config.fetchTimeoutMs,
    maxBytes: config.maxSettingsBytes,
    proxy: config.proxy,
  })
  const refresher = createRefresher({
    environment,
    store: stored,
    fetchSettings: (request) => metrics.timeFetch(name, () => fetcher.fetchSettings(request)),
    onAttempt(attempt) {
      metrics.noteAttempt(name, attempt)
      minutes.count(attempt.result)
    },
    onOutdated: () => metrics.noteOutdated(name),
    product,
    judging,
    pollIntervalMs: config.pollIntervalMs,
    log,
  })
  const minutes = createMinuteKeeper(stored, refresher.current)
  return { config: environment, environment: stored, refresher, minutes, judging, close: fetcher.close }
}
