/**
 * How a hub's Redis carries many nodes, as equations. Everything is a plain number: seconds, bytes, nodes.
 * `docs/scaling.md` has the same equations in words.
 *
 * @module
 */
import { INLINE_LIMIT_BYTES } from '@vwo-hub/protocol'

/** A cost that grows with the bytes that are sent. */
export interface Line {
  readonly fixed: number
  readonly perByte: number
}

/** CPU seconds of Redis' one thread, and bytes. Measured by `costs.ts`. */
export interface UnitCosts {
  /** Each second, for each open connection, whether or not it asks. */
  readonly idle: number
  /** One `HMGET` of the revision, where others wait behind it. */
  readonly read: number
  /** What it costs more to begin with the first request after none. */
  readonly wake: number
  /** One report: `TIME`, and a step of five commands. */
  readonly report: number
  /** One connection from `accept` to the first read: greeting, `INFO`, `SUBSCRIBE`, `HMGET`. */
  readonly connect: number
  /** One question to a node of a cluster, on a connection of its own, for who serves the slot. */
  readonly ask: number
  /** One node's report, read for `/metrics` or `vwo-hub nodes`. */
  readonly list: number
  /** One subscriber's copy of a message, and sending it. */
  readonly deliver: Line
  /** How much of that is the copy: `PUBLISH` makes all of them before the first is sent. */
  readonly copyShare: number
  /** One `GET`. */
  readonly get: Line
  readonly memoryPerConnection: number
  readonly memoryPerReport: number
  /** Bytes of the answers to a read, a report and a new connection. */
  readonly readBytes: number
  readonly reportBytes: number
  readonly connectBytes: number
}

export type Topology =
  | { readonly kind: 'standalone' }
  /** The nodes are spread over the replicas of one master. */
  | { readonly kind: 'replicas'; readonly replicas: number }
  /** An environment is in one slot, so that more masters than environments help nobody. */
  | {
      readonly kind: 'cluster'
      readonly masters: number
      readonly environments: number
      readonly replicas: number
    }
  /** Hubs and Redis of its own in each zone. */
  | { readonly kind: 'zones'; readonly zones: number }

export interface Deployment {
  readonly nodes: number
  readonly settingsBytes: number
  /** Compressed bytes per byte. */
  readonly compression: number
  /** Bytes of a message per byte of the settings in it: JSON in JSON. */
  readonly escaping: number
  readonly updatesPerHour: number
  readonly checkIntervalSeconds: number
  readonly isReporting: boolean
  /** Hubs whose `/metrics` are read, and how often, in seconds. */
  readonly hubs: number
  readonly scrapeSeconds: number
  /** Of one Redis server's network, bytes a second. */
  readonly networkBytesPerSecond: number
  readonly topology: Topology
}

/** As in `packages/client/src/report.ts` and `packages/hub/src/store/put.ts`. */
export const REPORT_SECONDS = 27
export const REPORTS_PER_SECOND = 200
const UNSPREAD_BYTES = 30e6
const FETCH_BYTES_PER_SECOND = 1e9 / 1.5
/** A message without settings. */
export const NOTICE_BYTES = 330
/** A client that is not answered for this long gives its connection up. */
export const ANSWER_SECONDS = 3
/** A client reconnects within this. */
export const RECONNECT_SECONDS = 1

/** Node's timers fire once a millisecond: so often at most does one process of bare clients wake Redis. */
export const WAKES_PER_SECOND = 1000

/** Ethernet, IP and TCP around up to 1448 bytes: 78 bytes, and one acknowledgement of theirs for two packets of ours. */
export const wireBytes = (bytes: number): number => bytes + 78 * Math.max(1, Math.ceil(bytes / 1448))

export const costOf = ({ fixed, perByte }: Line, bytes: number): number => fixed + perByte * bytes

/** How a deployment's update reaches a node. */
export interface Update {
  /** Of the message on the channel. */
  readonly messageBytes: number
  /** What each node fetches after it; 0 where the message has it all. */
  readonly fetchBytes: number
  /** Over how many seconds the hub has the nodes spread that. */
  readonly spreadSeconds: number
}

/** @param counted - Subscribers that the hub can count: those of masters. */
export function updateOf(deployment: Deployment, counted: number): Update {
  const { settingsBytes, compression, escaping } = deployment
  if (settingsBytes <= INLINE_LIMIT_BYTES) {
    return { messageBytes: NOTICE_BYTES + settingsBytes * escaping, fetchBytes: 0, spreadSeconds: 0 }
  }
  const fetchBytes = settingsBytes * compression
  const total = counted * fetchBytes
  const spreadSeconds = total <= UNSPREAD_BYTES ? 0 : total / FETCH_BYTES_PER_SECOND
  return { messageBytes: NOTICE_BYTES, fetchBytes, spreadSeconds }
}

/** What the busiest server has to carry. */
export interface Load {
  readonly nodes: number
  /** Of one environment: they get an update together. */
  readonly nodesPerUpdate: number
  /** Whether its nodes can report: replicas take no writes. */
  readonly isReporting: boolean
  /** Subscribers that the hub counts before an update. */
  readonly counted: number
  /** How many nodes ask it where to connect, when all do: servers of a cluster share that evenly. */
  readonly asks: number
}

export function loadOf({ nodes, topology, isReporting }: Deployment): Load {
  const whole = { nodes, nodesPerUpdate: nodes, isReporting, counted: nodes, asks: 0 }
  switch (topology.kind) {
    case 'standalone':
      return whole
    case 'replicas': {
      const share = Math.ceil(nodes / topology.replicas)
      return { nodes: share, nodesPerUpdate: share, isReporting: false, counted: 0, asks: 0 }
    }
    case 'cluster': {
      const { masters, environments, replicas } = topology
      const perEnvironment = Math.ceil(nodes / environments)
      const share = perEnvironment * Math.ceil(environments / masters)
      const asks = Math.ceil(nodes / (masters * (1 + replicas)))
      return { ...whole, nodes: share, nodesPerUpdate: perEnvironment, counted: perEnvironment, asks }
    }
    case 'zones': {
      const share = Math.ceil(nodes / topology.zones)
      return { ...whole, nodes: share, nodesPerUpdate: share, counted: share }
    }
  }
}

/** All of one server, the busiest. */
export interface Prediction {
  readonly connections: number
  /** Share of the one thread that everything but waking up takes: at 1 it is saturated. */
  readonly work: number
  /** Share of the one thread that Redis is seen to take. */
  readonly idleCpu: number
  /** CPU seconds of one update, the nodes' reports after it not counted. */
  readonly updateCpuSeconds: number
  /** From the publication until half of the nodes, and the last one, have the update. */
  readonly halfSeconds: number
  readonly lastSeconds: number
  /** How long other commands wait at most while an update goes out. */
  readonly stallSeconds: number
  /** How long the network is busy with an update whose fetches it has not had spread for it. */
  readonly sendingSeconds: number
  /** For one update, as Redis counts, and on the wire. */
  readonly payloadBytes: number
  readonly egressBytes: number
  readonly idleEgressBytesPerSecond: number
  /** Kept for connections and reports. */
  readonly memoryBytes: number
  /** More than that for as long as an update goes out, at most. */
  readonly burstBytes: number
  readonly stormCpuSeconds: number
  /** From the moment at which Redis answers again until the last node follows, if none gives up. */
  readonly stormSeconds: number
}

/**
 * @param wakesPerSecond - How often requests come, at most, where all are of one process. Default: each by itself.
 */
export function predict(
  costs: UnitCosts,
  deployment: Deployment,
  wakesPerSecond = Number.POSITIVE_INFINITY,
): Prediction {
  const { checkIntervalSeconds, networkBytesPerSecond, updatesPerHour } = deployment
  const load = loadOf(deployment)
  const { nodes, nodesPerUpdate } = load
  const { messageBytes, fetchBytes, spreadSeconds } = updateOf(deployment, load.counted)

  const reportsPerSecond = load.isReporting ? nodes / REPORT_SECONDS : 0
  const scrapes = load.isReporting ? (deployment.hubs * nodes) / deployment.scrapeSeconds : 0
  const readsPerSecond = nodes / checkIntervalSeconds
  const work =
    nodes * costs.idle + readsPerSecond * costs.read + reportsPerSecond * costs.report + scrapes * costs.list
  const left = Math.max(0, 1 - work)
  // A request that finds Redis asleep wakes it: the busier it is, the fewer do.
  const wakes = Math.min(wakesPerSecond, (readsPerSecond + 2 * reportsPerSecond) * left)
  const idleCpu = work + Math.min(left, wakes * costs.wake)

  const fanOut = nodesPerUpdate * costOf(costs.deliver, messageBytes)
  const copySeconds = fanOut * costs.copyShare
  const fetchCpu = fetchBytes === 0 ? 0 : nodesPerUpdate * costOf(costs.get, fetchBytes)
  // Of the fan-out Redis does nothing else in between; fetches share the thread with everything.
  const fetchSeconds = fetchCpu === 0 ? 0 : fetchCpu / left
  const messageWire = nodesPerUpdate * wireBytes(messageBytes)
  const fetchWire = fetchBytes === 0 ? 0 : nodesPerUpdate * wireBytes(fetchBytes)
  // The network has nothing to send before the last copy is made.
  const sending = copySeconds + Math.max(fanOut - copySeconds, messageWire / networkBytesPerSecond)
  const fetching = Math.max(spreadSeconds, fetchSeconds, fetchWire / networkBytesPerSecond)

  // Spread over long enough, fetches leave no queue; otherwise the last one has waited for the rest.
  const fetchQueue = Math.max(0, fetchCpu - left * spreadSeconds)
  const unsentBytes = Math.max(0, fetchWire - networkBytesPerSecond * Math.max(spreadSeconds, 0))

  const stormWork = nodes * costs.connect + load.asks * costs.ask
  return {
    connections: nodes,
    work,
    idleCpu: idleCpu + (updatesPerHour / 3600) * (fanOut + fetchCpu),
    updateCpuSeconds: fanOut + fetchCpu,
    halfSeconds: fetchBytes === 0 ? copySeconds + (sending - copySeconds) / 2 : sending + fetching / 2,
    lastSeconds: sending + fetching,
    stallSeconds: Math.max(fanOut, fetchQueue),
    sendingSeconds:
      Math.max(messageWire, fetchWire - networkBytesPerSecond * spreadSeconds) / networkBytesPerSecond,
    payloadBytes: nodesPerUpdate * (messageBytes + fetchBytes),
    egressBytes: messageWire + fetchWire,
    idleEgressBytesPerSecond:
      (nodes * wireBytes(costs.readBytes)) / checkIntervalSeconds +
      reportsPerSecond * wireBytes(costs.reportBytes),
    memoryBytes: nodes * (costs.memoryPerConnection + (load.isReporting ? costs.memoryPerReport : 0)),
    burstBytes: nodesPerUpdate * messageBytes + Math.min(fetchWire, unsentBytes),
    stormCpuSeconds: stormWork,
    stormSeconds: stormSecondsOf(stormWork, (nodes * wireBytes(costs.connectBytes)) / networkBytesPerSecond),
  }
}

/**
 * Nodes that retry with full jitter of a second come back with a density that falls from twice the mean to nothing.
 * What comes in faster than it is served waits; who waits too long gives up and comes again, so that it does not end.
 */
export function stormSecondsOf(workSeconds: number, networkSeconds = 0): number {
  const busy = Math.max(workSeconds, networkSeconds)
  return Math.max(RECONNECT_SECONDS, busy)
}
