import { setTimeout as delay } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { ClientError, withoutCommand } from '../errors.ts'
import { readClock, type Clock } from '../receive/clock.ts'
import type { ClientState } from '../state.ts'
import { sayAtExit } from './goodbye.ts'
import type { NodeIdentity } from './node.ts'
import { NODE_REPORT_MS, type Keys, type NodeRecord } from '@vwo-hub/protocol'

/** How often a node reports when nothing happens, in milliseconds; jittered by a tenth. Two in a row may be lost. */
const REPORT_MS = 27_000
/** About how many reports a second all nodes together make after an update. */
const REPORTS_PER_SECOND = 200
/** How long `close` waits for Redis to forget the node, in milliseconds. */
const FORGET_MS = 500

export interface ReporterOptions {
  /** The client's connection; used while it is ready, never opened or closed. */
  readonly redis: Redis
  readonly keys: Keys
  readonly identity: NodeIdentity
  readonly status: () => { readonly revision: number; readonly state: ClientState }
  readonly clock: Clock
  /** Redis refuses the reports to this user. Called once, until one is permitted or there is another connection. */
  readonly onRefused: (error: ClientError) => void
}

/** Tells operators, through Redis, what this node decides with. Nothing in the app depends on it. */
export interface Reporter {
  /** There are other settings, or another state: reported soon, together with what follows meanwhile. */
  changed(): void
  /** Takes the node out of the list, within half a second. Idempotent. */
  close(): Promise<void>
}

/**
 * Reports at each connection, after each change and every half minute. A thousand nodes that change together spread
 * their reports over five seconds, ten of them over a twentieth of one: how many there are is what Redis answers to
 * each report.
 */
export function createReporter(options: ReporterOptions): Reporter {
  const { redis, keys, identity, status, clock, onRefused } = options
  const key = keys.node(identity.id)
  const startedAt = performance.now()
  let applied = { revision: 0, at: startedAt, redisTime: undefined as number | undefined }
  let nodes = 0
  let reportedAt = Number.NEGATIVE_INFINITY
  let isDueSoon = false
  let timer: NodeJS.Timeout | undefined
  /** The last report was: told once, and tried again, as somebody may permit it. */
  let isRefused = false
  let closed: Promise<void> | undefined

  redis.on('ready', () => {
    isRefused = false
    // How many nodes there are decides the spread: after a restart of Redis all of them come at once.
    redis
      .zcard(keys.nodes)
      .then((count) => (nodes = Math.max(nodes, count)))
      .catch(() => {}) // The report itself tells what is wrong.
      .finally(reportSoon)
  })

  function changed(): void {
    noteRevision()
    reportSoon()
  }

  function noteRevision(): void {
    const { revision } = status()
    if (revision !== applied.revision) applied = { revision, at: performance.now(), redisTime: undefined }
  }

  /**
   * At a random moment of the spread; and in a series of updates at the same moment of each spread, so that the series
   * costs no more than one update does.
   */
  function reportSoon(): void {
    if (isDueSoon) return
    isDueSoon = true
    const spreadMs = Math.min(REPORT_MS, (nodes / REPORTS_PER_SECOND) * 1000)
    const waitMs = reportedAt + spreadMs - performance.now()
    schedule(waitMs > 0 ? waitMs : Math.random() * spreadMs)
  }

  function schedule(delayMs: number): void {
    clearTimeout(timer)
    if (closed === undefined) timer = setTimeout(() => void run(), delayMs)
  }

  async function run(): Promise<void> {
    isDueSoon = false
    if (redis.status === 'ready') await report()
    // What has changed meanwhile is on its way already.
    if (!isDueSoon) schedule(REPORT_MS * (0.9 + Math.random() / 5))
  }

  async function report(): Promise<void> {
    reportedAt = performance.now()
    try {
      // Each time: clocks are set and drift, and a list that is ordered by a wrong one loses its other nodes.
      await readClock(redis, clock)
      if (closed !== undefined) return
      nodes = await write(Math.round(Date.now() + clock.offsetMs()))
      isRefused = false
    } catch (error) {
      const reason = refusalIn(error)
      // Anything else is over by itself; the next report is half a minute away.
      if (reason === undefined || isRefused || closed !== undefined) return
      isRefused = true
      onRefused(
        new ClientError(
          'redis-forbidden',
          `Cannot report this node in ${key} and ${keys.nodes}: Redis refuses it to this user (${reason}). It is tried again with each report; decisions and updates go on. Grant it, see the client's README, or give the option report: false.`,
          { cause: withoutCommand(error) },
        ),
      )
    }
  }

  /** In one step: no report stays without its end. @returns How many nodes there are. */
  async function write(now: number): Promise<number> {
    noteRevision()
    const { revision, state } = status()
    const { id, record } = identity
    const reported: NodeRecord = { revision, state, ...appliedFields(now), ...record }
    const answers = await redis
      .multi()
      .hset(key, reported)
      .pexpire(key, NODE_REPORT_MS)
      .zadd(keys.nodes, now, id)
      .zremrangebyscore(keys.nodes, '-inf', now - NODE_REPORT_MS)
      .zcard(keys.nodes)
      .exec()
    for (const [error] of answers ?? []) if (error !== null) throw error
    return Number(answers?.at(-1)?.[1] ?? nodes)
  }

  /** Both empty while there are no settings; no lag for settings that are older than this node. */
  function appliedFields(now: number): Pick<NodeRecord, 'appliedAt' | 'lagMs'> {
    if (status().state === 'starting') return { appliedAt: '', lagMs: '' }
    const redisTimeOf = (moment: number): number => Math.round(now - (performance.now() - moment))
    applied.redisTime ??= redisTimeOf(applied.at)
    const { revision, redisTime } = applied
    const wasRunning = redisTimeOf(startedAt) <= revision
    return {
      appliedAt: new Date(redisTime).toISOString(),
      lagMs: wasRunning ? String(Math.max(0, redisTime - revision)) : '',
    }
  }

  /** Also after reports were refused: the first one that is permitted may be there before it is known here. Undefined where Redis cannot be told. */
  function forget(): Promise<unknown> | undefined {
    if (redis.status !== 'ready') return undefined
    return redis.multi().del(key).zrem(keys.nodes, identity.id).exec()
  }

  function close(): Promise<void> {
    closed ??= (async () => {
      stayQuiet()
      clearTimeout(timer)
      const forgotten = forget()?.catch(() => {})
      await Promise.race([forgotten, delay(FORGET_MS, undefined, { ref: false })])
    })()
    return closed
  }

  // Or operators would take it for one that lags, until its report has expired.
  const stayQuiet = sayAtExit(() => void forget()?.catch(() => {}))

  return { changed, close }
}

/** Why Redis does not permit a command; undefined for every other fault. */
function refusalIn(error: unknown): string | undefined {
  const { previousErrors = [] } = error as { readonly previousErrors?: readonly unknown[] }
  return [error, ...previousErrors]
    .map((fault) => (fault instanceof Error ? fault.message : ''))
    .find((message) => message.startsWith('NOPERM'))
}
