/**
 * A client of the hub without SDK and without ioredis: one socket that sends what a real client sends, when a real
 * client sends it, and notes when it has a revision. Small enough for thousands of them in one process.
 *
 * @module
 */
import { connect, type Socket } from 'node:net'
import { INLINE_LIMIT_BYTES } from '@vwo-hub/protocol'
import { endOfReply } from './replies.ts'
import type { Requests } from './requests.ts'

/** As in `packages/client/src/redis.ts` and `report.ts`. */
const ANSWER_TIMEOUT_MS = 3000
const REPORTS_PER_SECOND = 200
const longestReconnectMs = (attempt: number): number => Math.min(1000, 50 * 2 ** Math.min(attempt, 10))

export interface BareClientOptions {
  readonly host: string
  readonly port: number
  readonly requests: Requests
  /** What it reports of itself. */
  readonly identity: Readonly<Record<string, string>>
  /** Milliseconds; undefined: not at all. Asked anew each time. */
  readonly checkIntervalMs: () => number | undefined
  readonly reportIntervalMs: () => number | undefined
  readonly onFollowing: () => void
  /** Its connection is gone after it has followed. */
  readonly onLost: () => void
  readonly onRevision: (revision: number) => void
  readonly onTimeout: () => void
}

type Awaited =
  | 'other'
  | 'last-of-greeting'
  | 'ready-check'
  | 'read'
  | 'settings'
  | 'time'
  | 'nodes'
  | 'report'

export interface BareClient {
  start(): void
  /** Gives a connection up that has not answered in time. */
  watch(now: number): void
  /** After another pace was set. */
  repace(): void
}

export function createBareClient(options: BareClientOptions): BareClient {
  const { host, port, requests, identity, checkIntervalMs, reportIntervalMs } = options
  let socket: Socket | undefined
  let chunks: Buffer[] = []
  let received = 0
  /** Bytes of the reply that has begun, at least. */
  let needed = 0
  let awaited: Awaited[] = []
  let askedAt: number | undefined
  let attempt = 0
  let revision = 0
  let fetching = 0
  let nodes = 0
  let isFollowing = false
  let readTimer: NodeJS.Timeout | undefined
  let reportTimer: NodeJS.Timeout | undefined

  function start(): void {
    const opened = connect({ host, port, noDelay: true })
    socket = opened
    chunks = []
    received = 0
    needed = 0
    awaited = []
    fetching = 0
    askedAt = performance.now()
    opened.on('connect', () => send(requests.greeting, 'other', 'last-of-greeting'))
    opened.on('data', onData)
    opened.on('error', () => {})
    opened.on('close', () => {
      if (socket === opened) reconnect()
    })
  }

  function reconnect(): void {
    socket = undefined
    askedAt = undefined
    attempt += 1
    if (isFollowing) options.onLost()
    isFollowing = false
    setTimeout(start, Math.ceil(Math.random() * longestReconnectMs(attempt)))
  }

  function send(request: Buffer, ...answers: Awaited[]): void {
    if (awaited.length === 0) askedAt = performance.now()
    awaited.push(...answers)
    socket?.write(request)
  }

  function onData(chunk: Buffer): void {
    chunks.push(chunk)
    received += chunk.length
    // Put together once, not with every piece of a large one.
    if (received < needed) return
    let bytes = chunks.length === 1 ? chunk : Buffer.concat(chunks)
    let at = 0
    for (
      let end = endOfReply(bytes, at);
      end !== undefined && at < bytes.length;
      end = endOfReply(bytes, at)
    ) {
      onReply(bytes.subarray(at, end))
      at = end
    }
    bytes = bytes.subarray(at)
    chunks = bytes.length === 0 ? [] : [bytes]
    received = bytes.length
    needed = bytes[0] === 0x24 ? Number(/^\$(\d+)\r/.exec(bytes.toString('latin1', 0, 20))?.[1]) || 0 : 0
  }

  function onReply(reply: Buffer): void {
    if (reply[0] === 0x3e) return onPush(reply)
    const kind = awaited.shift()
    askedAt = awaited.length === 0 ? undefined : performance.now()
    if (kind === 'last-of-greeting') send(requests.readyCheck, 'ready-check')
    else if (kind === 'ready-check') follow()
    else if (kind === 'read') onRead(reply)
    else if (kind === 'settings') have(fetching)
    else if (kind === 'time' && socket !== undefined) {
      send(requests.reportOf({ revision: String(revision), ...identity }, Date.now()), ...stepsOfReport)
    } else if (kind === 'nodes') nodes = Number(reply.toString('latin1', 1, reply.length - 2))
    else if (kind === 'report') nodes = lastNumberIn(reply) ?? nodes
  }

  function follow(): void {
    const isReporting = reportIntervalMs() !== undefined
    send(requests.following, ...(isReporting ? (['nodes'] as const) : []), 'other', 'read')
  }

  function onRead(reply: Buffer): void {
    const [published = 0, , bytes = 0] = textsIn(reply).map(Number)
    if (!isFollowing) {
      isFollowing = true
      attempt = 0
      options.onFollowing()
      repace()
    }
    if (published > Math.max(revision, fetching)) fetch(published, bytes)
  }

  function onPush(reply: Buffer): void {
    const head = reply.toString('latin1', 0, 600)
    const published = Number(/"revision":(\d+)/.exec(head)?.[1] ?? 0)
    if (published <= revision) return
    const bytes = Number(/"bytes":(\d+)/.exec(head)?.[1])
    if (bytes <= INLINE_LIMIT_BYTES) return have(published)
    const spreadMs = Number(/"spreadMs":(\d+)/.exec(head)?.[1])
    const opened = socket
    setTimeout(() => {
      if (socket === opened && published > Math.max(revision, fetching)) fetch(published, bytes)
    }, Math.random() * spreadMs)
  }

  function fetch(published: number, bytes: number): void {
    fetching = published
    send(requests.fetchOf(published, bytes, INLINE_LIMIT_BYTES), 'settings')
  }

  function have(published: number): void {
    if (published <= revision) return
    revision = published
    options.onRevision(published)
    reportWithin((nodes / REPORTS_PER_SECOND) * 1000)
  }

  function reportWithin(spreadMs: number): void {
    const intervalMs = reportIntervalMs()
    if (intervalMs === undefined) return
    scheduleReport(Math.random() * Math.min(spreadMs, intervalMs))
  }

  function scheduleReport(delayMs: number): void {
    clearTimeout(reportTimer)
    reportTimer = setTimeout(() => {
      if (isFollowing && reportIntervalMs() !== undefined) send(requests.time, 'time')
      const intervalMs = reportIntervalMs()
      if (intervalMs !== undefined) scheduleReport(jittered(intervalMs))
    }, delayMs)
  }

  function scheduleRead(delayMs: number): void {
    clearTimeout(readTimer)
    readTimer = setTimeout(() => {
      const intervalMs = checkIntervalMs()
      if (intervalMs === undefined) return
      if (isFollowing) send(requests.read, 'read')
      scheduleRead(jittered(intervalMs))
    }, delayMs)
  }

  function repace(): void {
    clearTimeout(readTimer)
    clearTimeout(reportTimer)
    const [readMs, reportMs] = [checkIntervalMs(), reportIntervalMs()]
    // As when they were started one after the other, long ago.
    if (readMs !== undefined) scheduleRead(Math.random() * readMs)
    if (reportMs !== undefined) scheduleReport(Math.random() * reportMs)
  }

  return {
    start,
    repace,
    watch(now) {
      if (socket === undefined || askedAt === undefined || now - askedAt < ANSWER_TIMEOUT_MS) return
      options.onTimeout()
      socket.destroy()
    },
  }
}

const jittered = (ms: number): number => ms * (0.9 + Math.random() / 5)

/** MULTI, five commands that are queued, EXEC. */
const stepsOfReport: readonly Awaited[] = ['other', 'other', 'other', 'other', 'other', 'other', 'report']

/** The bulk strings of a reply. */
const textsIn = (reply: Buffer): string[] =>
  [...reply.toString('latin1').matchAll(/\$\d+\r\n([^\r]*)\r\n/g)].map(([, text = '']) => text)

const lastNumberIn = (reply: Buffer): number | undefined => {
  const numbers = [...reply.toString('latin1').matchAll(/:(\d+)\r\n/g)]
  return numbers.length === 0 ? undefined : Number(numbers.at(-1)?.[1])
}
