/**
 * Metrics of clients, in the registry that the app already has. This module brings no dependency: the app passes in
 * its own `prom-client`.
 *
 * @module @vwo-hub/client/metrics
 */
import { oncePerProcess } from './once-per-process.ts'
import type { Following } from './following.ts'
import type { EventCounts } from './product/fme/events/event-sender.ts'
import type { ClientState } from './state.ts'

/** A registry of `prom-client`, as far as it is looked into. */
export interface Register {
  /** Takes a metric up. */
  registerMetric(metric: never): void
}

interface MetricOptions {
  readonly name: string
  readonly help: string
  readonly labelNames: string[]
  readonly registers: never[]
}

type Labels = Record<string, string>

interface Gauge {
  set(labels: Labels, value: number): void
  remove(labels: Labels): void
}

interface Counter {
  inc(labels: Labels, value?: number): void
}

interface Histogram {
  observe(labels: Labels, value: number): void
}

/** What is used of `prom-client` 14 or 15: pass the module itself. */
export interface Prometheus {
  /** Its own registry. */
  readonly register: Register
  /** Its class of that name. */
  readonly Gauge: new (options: MetricOptions & { readonly collect?: () => void }) => Gauge
  /** Its class of that name. */
  readonly Counter: new (options: MetricOptions & { readonly collect?: () => void }) => Counter
  /** Its class of that name. */
  readonly Histogram: new (options: MetricOptions & { readonly buckets: number[] }) => Histogram
}

/** A client of FME says what becomes of its events. */
interface CountsEvents {
  eventCounts?(): EventCounts
}

/** What is measured, and where it is shown. */
export interface ClientMetricsOptions {
  /** A client of either product. */
  readonly client: Pick<Following, 'on' | 'off' | 'status'> & CountsEvents
  /** The label of everything that is measured. */
  readonly environment: string
  /** `import * as prometheus from 'prom-client'` */
  readonly prometheus: Prometheus
  /** @default prometheus.register */
  readonly register?: Register
}

/** What results a swap can have: `swapped`, or the code of the error. */
const SWAP_RESULTS = ['swapped', 'settings-refused', 'swap-failed'] as const
const STATES: readonly ClientState[] = ['starting', 'ready', 'stale', 'closed']

/** The metrics of one registry, and the clients that they show. */
interface Shared {
  readonly clients: Map<string, Pick<Following, 'status'> & CountsEvents>
  readonly revision: Gauge
  readonly confirmed: Gauge
  readonly state: Gauge
  readonly waiting: Gauge
  readonly swaps: Counter
  readonly errors: Counter
  readonly propagation: Histogram
  readonly swapDuration: Histogram
}

/** A registry refuses a name that it has: clients of one registry share the metrics. */
const shared = oncePerProcess('metrics of registries, 2', () => new WeakMap<Register, Shared>())
const EVENT_RESULTS = ['sent', 'refused', 'dropped'] as const

/**
 * Measures one client from now on.
 *
 * @returns Ends it: its listeners and present values are removed, what was counted stays.
 */
export function createClientMetrics(options: ClientMetricsOptions): () => void {
  const { client, environment, prometheus, register = prometheus.register } = options
  const metrics = shared.get(register) ?? createShared(prometheus, register)
  shared.set(register, metrics)
  const startedAt = performance.now()

  const onUpdate: Parameters<typeof client.on<'update'>>[1] = ({ lagMs, swapMs }) => {
    metrics.swaps.inc({ environment, result: 'swapped' })
    metrics.swapDuration.observe({ environment }, swapMs / 1000)
    // What was published before there was anybody to take it did not take long: it was not under way.
    if (lagMs !== null && lagMs <= performance.now() - startedAt) {
      metrics.propagation.observe({ environment }, lagMs / 1000)
    }
  }
  const onError: Parameters<typeof client.on<'error'>>[1] = ({ code }) => {
    metrics.errors.inc({ environment, code })
    const result = SWAP_RESULTS.find((each) => each === code)
    if (result !== undefined) metrics.swaps.inc({ environment, result })
  }

  metrics.clients.set(environment, client)
  for (const result of SWAP_RESULTS) metrics.swaps.inc({ environment, result }, 0)
  client.on('update', onUpdate)
  client.on('error', onError)
  return () => {
    client.off('update', onUpdate)
    client.off('error', onError)
    if (metrics.clients.get(environment) !== client) return
    metrics.clients.delete(environment)
    for (const gauge of [metrics.revision, metrics.confirmed, metrics.waiting]) gauge.remove({ environment })
    for (const state of STATES) metrics.state.remove({ environment, state })
  }
}

function createShared({ Gauge, Counter, Histogram }: Prometheus, register: Register): Shared {
  const clients: Shared['clients'] = new Map()
  /** What has been counted of the events of each client. */
  const told = new WeakMap<object, EventCounts>()
  const common = (name: string, help: string, ...labelNames: string[]): MetricOptions => ({
    name: `vwo_client_${name}`,
    help,
    labelNames: ['environment', ...labelNames],
    registers: [register as never],
  })
  /** Looks at the clients at each scrape. */
  const gauge = (
    options: MetricOptions,
    show: (gauge: Gauge, labels: Labels, client: Pick<Following, 'status'> & CountsEvents) => void,
  ) => {
    const made: Gauge = new Gauge({
      ...options,
      collect() {
        for (const [environment, client] of clients) show(made, { environment }, client)
      },
    })
    return made
  }
  const events: Counter = new Counter({
    ...common('events_total', 'Events of the SDK, by what became of them.', 'result'),
    collect() {
      for (const [environment, client] of clients) {
        const now = client.eventCounts?.()
        if (now === undefined) continue
        const before = told.get(client)
        for (const result of EVENT_RESULTS) {
          events.inc({ environment, result }, now[result] - (before?.[result] ?? 0))
        }
        told.set(client, now)
      }
    },
  })
  return {
    clients,
    waiting: gauge(
      common('events_waiting', 'Events of the SDK that wait for the collector, or are on their way.'),
      (made, labels, client) => {
        const counts = client.eventCounts?.()
        if (counts !== undefined) made.set(labels, counts.waiting)
      },
    ),
    revision: gauge(
      common(
        'revision',
        'The revision that this process decides with; 0 while it has no published settings.',
      ),
      (made, labels, { status }) => made.set(labels, status.revision),
    ),
    confirmed: gauge(
      common(
        'confirmed_timestamp_seconds',
        'When Redis last confirmed the settings in use, in Unix seconds; 0 while it never has.',
      ),
      (made, labels, { status }) => made.set(labels, (status.confirmedAt ?? 0) / 1000),
    ),
    state: gauge(
      common('state', '1 for the state that the client is in, 0 for the others.', 'state'),
      (made, labels, { status }) => {
        for (const state of STATES) made.set({ ...labels, state }, state === status.state ? 1 : 0)
      },
    ),
    swaps: new Counter(
      common(
        'swaps_total',
        'Settings that came in, by what became of them; of a fault that lasts only its beginning.',
        'result',
      ),
    ),
    errors: new Counter(
      common('errors_total', 'Faults that the client told, by code; each once until it is over.', 'code'),
    ),
    propagation: new Histogram({
      ...common(
        'propagation_seconds',
        'From the publication of a revision to its use here, by the clock of Redis.',
      ),
      buckets: [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    }),
    swapDuration: new Histogram({
      ...common('swap_duration_seconds', 'How long a swap took, from text to live.'),
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25],
    }),
  }
}
