import type { Trigger } from '@vwo-hub/protocol'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { HubErrorCode } from '../errors.ts'
import { countStates, NODE_STATES } from '../environment/read-nodes.ts'
import { createLagWatch } from './lag-watch.ts'
import { processMetrics } from './process.ts'
import type { EnvironmentReading } from './reading.ts'
import { APP_RESULTS, ATTEMPT_RESULTS, TRIGGERS, WEBHOOK_RESULTS } from './results.ts'
import type { AttemptResult } from '../flow/attempt.ts'
import { failureOf, FAILURES } from '../operate/vwo-condition.ts'
import { NO_WRITES_CODES, noWritesCodeOf } from '../operate/no-writes.ts'
import { version } from '../version.ts'
import type { AppCounts } from '../http/for-apps/apps-app.ts'
import { UNKNOWN_ENVIRONMENT } from '../http/unknown-environment.ts'
import type { WebhookCounts } from '../http/webhook/webhook.ts'

/** The label of webhooks for environments that there are not; cannot be the name of one. */
const NO_ENVIRONMENT = '_unknown'

export interface MetricsOptions {
  /** The configured environments: the only names that become labels. */
  readonly environments: readonly string[]
  /** Reads one environment from Redis; rejects while Redis is away. */
  readonly read: (environment: string) => Promise<EnvironmentReading>
  /** What Redis said to this hub when it wanted to write; undefined where it takes it. Default: it does. */
  readonly takesNoWrites?: (environment: string) => string | undefined
  /** What became of webhooks since the start, by environment. */
  readonly webhooks: () => ReadonlyMap<string, Readonly<WebhookCounts>>
  /** How many wrong admin tokens were shown since the start. */
  readonly refusedTokens: () => number
  /** What became of the requests of apps since the start, by environment; nothing where they have no listener. */
  readonly apps?: () => ReadonlyMap<string, Readonly<AppCounts>>
}

/** One fetch, from the request to what was stored. */
export interface AttemptMeasure {
  readonly trigger: Trigger
  readonly result: AttemptResult['result'] | HubErrorCode
}

/** What a hub measures, for Prometheus. */
export interface Metrics {
  noteAttempt(environment: string, attempt: AttemptMeasure): void
  /** VWO has answered with what had been replaced lately. */
  noteOutdated(environment: string): void
  /** Measures a request to VWO. @returns What the request resolves or rejects with. */
  timeFetch<T>(environment: string, request: () => Promise<T>): Promise<T>
  /** Reads what is in Redis, and answers in the text format of Prometheus. Never rejects for an outage. */
  render(): Promise<{ readonly contentType: string; readonly text: string }>
}

/**
 * Makes the metrics of one hub, in a register of their own. What all hubs know (settings, nodes) each of them exports:
 * take the maximum over hubs, not the sum.
 */
export function createMetrics({
  environments,
  read,
  takesNoWrites = () => undefined,
  webhooks,
  refusedTokens,
  apps = () => new Map(),
}: MetricsOptions): Metrics {
  const register = new Registry()
  const registers = [register]
  const ofEnvironment = ['environment'] as const
  /** Of each environment one number, which is 0 until it is known. */
  const numbers: Gauge<'environment'>[] = []

  function counter<Label extends string>(name: string, help: string, labelNames: readonly Label[]) {
    return new Counter({ name, help, registers, labelNames })
  }
  function gauge<Label extends string>(name: string, help: string, labelNames: readonly Label[]) {
    return new Gauge({ name, help, registers, labelNames })
  }
  function histogram(name: string, help: string, buckets: number[]) {
    return new Histogram({ name, help, registers, labelNames: ofEnvironment, buckets })
  }
  function number(name: string, help: string): Gauge<'environment'> {
    const made = gauge(name, help, ofEnvironment)
    numbers.push(made)
    return made
  }

  const webhooksTotal = counter(
    'vwo_hub_webhooks_total',
    'Webhooks received by this hub, by what became of them; "accepted" means that the refresh will happen.',
    ['environment', 'result'],
  )
  const fetchesTotal = counter(
    'vwo_hub_fetches_total',
    'Fetches from VWO by this hub, by what caused them and what they came to.',
    ['environment', 'trigger', 'result'],
  )
  const refusedTotal = counter(
    'vwo_hub_candidates_refused_total',
    'Answers of VWO that were not published because no app could work with them; every retry counts.',
    ofEnvironment,
  )
  const outdatedTotal = counter(
    'vwo_hub_outdated_answers_total',
    'Answers of VWO that were what had been replaced lately, and were not there when it was asked once more.',
    ofEnvironment,
  )
  const fetchSeconds = histogram(
    'vwo_hub_fetch_duration_seconds',
    'How long VWO took to answer this hub, body included; failed requests too.',
    [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  )
  const propagationSeconds = histogram(
    'vwo_hub_propagation_seconds',
    'From the publication of a revision to its use in a node, by the clock of Redis; of the nodes seen at a scrape.',
    [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
  )
  const nodes = gauge(
    'vwo_hub_nodes',
    'Nodes that reported within the last 90 seconds: "current" has the newest revision, "lagging" an older one, "ahead" one that Redis has not.',
    ['environment', 'state'],
  )
  const nodesBeyondLimit = number(
    'vwo_hub_nodes_beyond_limit',
    'Nodes that reported within the last 90 seconds and are not looked at, because more than 2,000 have; else 0.',
  )
  const revision = number(
    'vwo_hub_settings_revision',
    'The published revision: the time of its publication in Unix milliseconds; 0 while there is none.',
  )
  const bytes = number('vwo_hub_settings_bytes', 'Size of the published settings-file.')
  const lastSuccess = number(
    'vwo_hub_settings_last_success_timestamp_seconds',
    'When VWO last answered any hub well, in Unix seconds; 0 while it never has.',
  )
  const failing = gauge(
    'vwo_hub_failing',
    '1 for what the newest fetch of all hubs failed of, until VWO has answered well, else 0.',
    ['environment', 'result'],
  )
  const faults = number(
    'vwo_hub_settings_warnings',
    'How much is wrong with the published settings-file that the SDK survives; 0 where nothing is.',
  )
  const held = number('vwo_hub_held', '1 while the guard holds back a settings-file that VWO has, else 0.')
  const heldUntil = number(
    'vwo_hub_held_until_timestamp_seconds',
    'When the guard releases by itself what it holds back, in Unix seconds; 0 while it holds nothing.',
  )
  const pinned = number('vwo_hub_pinned', '1 while a pin keeps new settings from being published, else 0.')
  const refusedTokensTotal = counter(
    'vwo_hub_admin_tokens_refused_total',
    'Requests and logins at the admin listener of this hub that showed a wrong token.',
    [],
  )
  const appRequestsTotal = counter(
    'vwo_hub_app_requests_total',
    'Requests at the listener for apps of this hub, by what became of them; "unchanged" ones had the newest settings.',
    ['environment', 'result'],
  )
  const appsWaiting = number(
    'vwo_hub_apps_waiting',
    'Apps without Redis that wait at this hub for settings, at this moment.',
  )
  const foreignHubs = number(
    'vwo_hub_foreign_hubs',
    'Hubs that stand aside, because they are configured with another account or sdkKey than what is published.',
  )
  const redisUp = gauge('vwo_hub_redis_up', 'Whether Redis answered this hub at this scrape.', [])
  const redisNoWrites = gauge(
    'vwo_hub_redis_no_writes',
    'By reason: 1 while Redis takes no writes of this hub, "OOM" for example where it is full; else 0.',
    ['environment', 'reason'],
  )
  const build = { version, node: process.version }
  gauge('vwo_hub_build_info', 'Always 1; which version runs, on which Node.js.', ['version', 'node']).set(
    build,
    1,
  )

  const watchLag = createLagWatch((environment, seconds) =>
    propagationSeconds.observe({ environment }, seconds),
  )

  // A series that begins at its first event hides that event from `increase()`.
  for (const environment of environments) {
    for (const trigger of TRIGGERS)
      for (const result of ATTEMPT_RESULTS) fetchesTotal.inc({ environment, trigger, result }, 0)
    for (const each of [refusedTotal, outdatedTotal]) each.inc({ environment }, 0)
    for (const each of [fetchSeconds, propagationSeconds]) each.zero({ environment })
    for (const each of numbers) each.set({ environment }, 0)
    for (const state of NODE_STATES) nodes.set({ environment, state }, 0)
    for (const result of FAILURES) failing.set({ environment, result }, 0)
  }

  function countWebhooks(): void {
    webhooksTotal.reset()
    for (const [name, counts] of webhooks()) {
      const environment = name === UNKNOWN_ENVIRONMENT ? NO_ENVIRONMENT : name
      for (const [field, result] of WEBHOOK_RESULTS) webhooksTotal.inc({ environment, result }, counts[field])
    }
  }

  function countApps(): void {
    appRequestsTotal.reset()
    for (const [name, counts] of apps()) {
      const environment = name === UNKNOWN_ENVIRONMENT ? NO_ENVIRONMENT : name
      for (const result of APP_RESULTS) appRequestsTotal.inc({ environment, result }, counts[result])
      if (name !== UNKNOWN_ENVIRONMENT) appsWaiting.set({ environment }, counts.waiting)
    }
  }

  function showWrites(): void {
    for (const environment of environments) {
      const code = noWritesCodeOf(takesNoWrites(environment) ?? '')
      for (const reason of NO_WRITES_CODES)
        redisNoWrites.set({ environment, reason }, reason === code ? 1 : 0)
    }
  }

  /** What cannot be read stays as it was: how old it is, its own time tells. */
  async function readAll(): Promise<void> {
    const readings = await Promise.allSettled(environments.map(async (name) => show(name, await read(name))))
    redisUp.set(readings.every(({ status }) => status === 'fulfilled') ? 1 : 0)
  }

  function show(environment: string, { current, hubs, propagation }: EnvironmentReading): void {
    revision.set({ environment }, current?.revision ?? 0)
    bytes.set({ environment }, current?.bytes ?? 0)
    lastSuccess.set({ environment }, secondsOf(current?.checkedAt))
    const failure = failureOf({ hubs, current })
    for (const result of FAILURES) failing.set({ environment, result }, failure === result ? 1 : 0)
    faults.set({ environment }, current?.warningCount ?? 0)
    held.set({ environment }, current?.held === undefined ? 0 : 1)
    heldUntil.set({ environment }, secondsOf(current?.heldUntil))
    pinned.set({ environment }, current?.pinnedUntil === undefined ? 0 : 1)
    for (const [state, count] of Object.entries(countStates(propagation)))
      nodes.set({ environment, state }, count)
    nodesBeyondLimit.set({ environment }, Math.max(0, propagation.total - propagation.nodes.length))
    foreignHubs.set({ environment }, hubs.filter(({ state }) => state === 'foreign').length)
    watchLag(propagation)
  }

  return {
    noteAttempt(environment, { trigger, result }) {
      const known = TRIGGERS.includes(trigger) ? trigger : 'other'
      fetchesTotal.inc({ environment, trigger: known, result })
      if (result === 'settings-refused') refusedTotal.inc({ environment })
    },
    noteOutdated: (environment) => outdatedTotal.inc({ environment }),
    async timeFetch(environment, request) {
      const end = fetchSeconds.startTimer({ environment })
      try {
        return await request()
      } finally {
        end()
      }
    },
    async render() {
      countWebhooks()
      countApps()
      showWrites()
      refusedTokensTotal.reset()
      refusedTokensTotal.inc(refusedTokens())
      await readAll()
      const all = Registry.merge([register, processMetrics()])
      return { contentType: all.contentType, text: await all.metrics() }
    },
  }
}

/** @param time - ISO 8601. @returns Unix seconds; 0 for what is no time. */
function secondsOf(time = ''): number {
  return (Date.parse(time) || 0) / 1000
}
