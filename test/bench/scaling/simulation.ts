/**
 * One Redis server and its nodes, event by event: what the equations of `model.ts` leave out is here. Redis is one
 * thread that takes requests in the order in which they come, and one network behind it.
 *
 * @module
 */
import type { Random } from '../../chaos/random.ts'
import { spreadOf, type Spread } from '../support/measure.ts'
import { createEventQueue } from './event-queue.ts'
import {
  ANSWER_SECONDS,
  costOf,
  loadOf,
  RECONNECT_SECONDS,
  REPORT_SECONDS,
  REPORTS_PER_SECOND,
  updateOf,
  wireBytes,
  type Deployment,
  type UnitCosts,
} from './model.ts'

export interface SimulatedUpdate {
  /** From the publication until each node has it, in seconds. */
  readonly arrivals: Spread
  /** The longest that a request waited for its answer, in seconds. */
  readonly stallSeconds: number
  /** Share of the thread, before the publication. */
  readonly idleCpu: number
  /** Nodes whose read was not answered in time: they give the connection up. */
  readonly timeouts: number
}

type Kind = 'read' | 'report' | 'publish' | 'fetch'

/** Seconds before the publication. */
const WARM_UP_SECONDS = 4
/** Seconds that are looked at after the last node has the update. */
const AFTER_SECONDS = 2

/** An update among all the reads and reports; the environment's nodes are the first `nodesPerUpdate`. */
export function simulateUpdate(costs: UnitCosts, deployment: Deployment, random: Random): SimulatedUpdate {
  const load = loadOf(deployment)
  const { nodes, nodesPerUpdate } = load
  const { checkIntervalSeconds, networkBytesPerSecond } = deployment
  const update = updateOf(deployment, load.counted)
  const queue = createEventQueue<{ readonly kind: Kind; readonly node: number }>()
  // What goes on all the time is shared out among the reads.
  const scrapesPerSecond = load.isReporting ? deployment.hubs / deployment.scrapeSeconds : 0
  const costOfRead = costs.read + checkIntervalSeconds * (costs.idle + scrapesPerSecond * costs.list)
  const jitter = (): number => 0.9 + random.next() / 5
  let [freeAt, networkFreeAt, busy, stallSeconds, timeouts] = [0, 0, 0, 0, 0]
  const arrivals: number[] = []

  /** The thread works on it as soon as it is free. @returns When it is done. */
  function serve(time: number, seconds: number): number {
    const cost = freeAt <= time ? seconds + costs.wake : seconds
    freeAt = Math.max(freeAt, time) + cost
    if (time < WARM_UP_SECONDS) busy += cost
    return freeAt
  }
  /** @returns When the network has sent it. */
  function send(time: number, bytes: number): number {
    networkFreeAt = Math.max(networkFreeAt, time) + wireBytes(bytes) / networkBytesPerSecond
    return networkFreeAt
  }
  function answered(asked: number, at: number): void {
    if (at - asked > ANSWER_SECONDS) timeouts += 1
    if (asked > WARM_UP_SECONDS - checkIntervalSeconds) stallSeconds = Math.max(stallSeconds, at - asked)
  }

  for (let node = 0; node < nodes; node += 1) {
    queue.push(random.next() * checkIntervalSeconds, { kind: 'read', node })
    if (load.isReporting) queue.push(random.next() * REPORT_SECONDS, { kind: 'report', node })
  }
  queue.push(WARM_UP_SECONDS, { kind: 'publish', node: -1 })

  let end = Number.POSITIVE_INFINITY
  for (let next = queue.pop(); next !== undefined && next.time < end; next = queue.pop()) {
    const { time, event } = next
    switch (event.kind) {
      case 'read':
        answered(time, send(serve(time, costOfRead), costs.readBytes))
        queue.push(time + checkIntervalSeconds * jitter(), event)
        break
      case 'report':
        answered(time, send(serve(time, costs.report), costs.reportBytes))
        if (time < WARM_UP_SECONDS) queue.push(time + REPORT_SECONDS * jitter(), event)
        break
      case 'publish':
        publish(time)
        break
      case 'fetch':
        arrive(event.node, send(serve(time, costOf(costs.get, update.fetchBytes)), update.fetchBytes))
    }
  }

  function publish(time: number): void {
    const deliver = costOf(costs.deliver, update.messageBytes)
    serve(time, nodesPerUpdate * deliver * costs.copyShare)
    for (let node = 0; node < nodesPerUpdate; node += 1) {
      const at = send(serve(time, deliver * (1 - costs.copyShare)), update.messageBytes)
      if (update.fetchBytes === 0) arrive(node, at)
      else queue.push(at + random.next() * update.spreadSeconds, { kind: 'fetch', node })
    }
  }

  function arrive(node: number, at: number): void {
    arrivals.push(at - WARM_UP_SECONDS)
    if (load.isReporting) {
      const spread = Math.min(REPORT_SECONDS, nodesPerUpdate / REPORTS_PER_SECOND)
      queue.push(at + random.next() * spread, { kind: 'report', node })
    }
    if (arrivals.length === nodesPerUpdate) end = at + AFTER_SECONDS
  }

  return { arrivals: spreadOf(arrivals), stallSeconds, idleCpu: busy / WARM_UP_SECONDS, timeouts }
}

export interface SimulatedStorm {
  /** From the moment at which Redis answers again until each node follows, in seconds. */
  readonly following: Spread
  /** Connections that were given up because an answer took too long. */
  readonly timeouts: number
  /** Whether it ended within the limit. */
  readonly isOver: boolean
}

/** The round trips of a connection, and the share that each has of its cost. */
const STEPS = [0.4, 0.3, 0.3] as const
/**
 * All nodes come back after Redis was away: with full jitter, and again when they are not answered in time.
 *
 * @param options.longestSeconds - A storm that lasts longer is taken for one that does not end. Default 30.
 */
export function simulateStorm(
  costs: UnitCosts,
  deployment: Deployment,
  random: Random,
  { longestSeconds = 30 }: { readonly longestSeconds?: number } = {},
): SimulatedStorm {
  const { nodes, asks } = loadOf(deployment)
  // Of the questions that all nodes ask all servers each server's nodes come with their share.
  const cost = costs.connect + (asks / nodes) * costs.ask
  const queue = createEventQueue<{ readonly node: number; readonly step: number; readonly attempt: number }>()
  const following: number[] = []
  let [freeAt, timeouts] = [0, 0]

  for (let node = 0; node < nodes; node += 1) {
    // They have tried again and again: what is left of a wait that was chosen evenly is most likely short.
    queue.push((1 - Math.sqrt(1 - random.next())) * RECONNECT_SECONDS, { node, step: 0, attempt: 10 })
  }
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const { time, event } = next
    if (time > longestSeconds) break
    freeAt = Math.max(freeAt, time) + cost * (STEPS[event.step] ?? 0)
    if (freeAt - time > ANSWER_SECONDS) {
      // Redis does the work all the same: the request is there when the connection has gone.
      timeouts += 1
      const attempt = event.step === 0 ? event.attempt + 1 : 1
      const wait = random.next() * Math.min(RECONNECT_SECONDS, 0.05 * 2 ** Math.min(attempt, 10))
      queue.push(time + ANSWER_SECONDS + wait, { node: event.node, step: 0, attempt })
    } else if (event.step === STEPS.length - 1) following.push(freeAt)
    else queue.push(freeAt, { ...event, step: event.step + 1 })
  }
  return { following: spreadOf(following), timeouts, isOver: following.length === nodes }
}
