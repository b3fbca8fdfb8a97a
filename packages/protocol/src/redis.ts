/**
 * Of a connection to Redis, what hub and client have in common: coming back, giving up one that is dead, and leaving a place
 * that is not theirs.
 *
 * @module
 */
import { isIP } from 'node:net'
import { Redis, type Cluster, type RedisOptions } from 'ioredis'

export { reconnectDelayMs, reconnectPace } from './reconnect.ts'
export { ASKING_SENTINELS } from './sentinel-connector.ts'

/** Addresses as Redis announces them, and where they are from here: as ioredis has it. */
export type NatMap = NonNullable<RedisOptions['natMap']>

interface Address {
  readonly host: string
  readonly port: number
}

/** Where an address that Redis announces is reached from here. */
export function translated({ host, port }: Address, natMap: NatMap | undefined): Address {
  const key = `${host}:${port}`
  const mapped = typeof natMap === 'function' ? natMap(key) : natMap?.[key]
  return mapped ? { host: mapped.host, port: mapped.port } : { host, port }
}

/** How long a connection is waited for, in milliseconds. */
export interface Patience {
  /**
   * While something is asked, no byte comes for so long, and for as long again for each 256 kB that went: the connection is dead,
   * whatever the socket says.
   */
  readonly silenceMs: number
  /** So long one answer may take that keeps coming. */
  readonly totalMs: number
}

/** How often in that time it is looked whether the same answer is still awaited. */
const LOOKS = 10
/** How often in the time of silence it is looked whether something has come. */
const LOOKS_FOR_SILENCE = 5
/** For so many bytes that go, and have no answer yet, one is as patient again: a slow link takes seconds for them. */
const PATIENCE_BYTES = 256 * 1024

/**
 * Ends a connection that has died without saying so, and all that was asked on it. ioredis' own `commandTimeout` is for size,
 * not for silence: over a slow link a large settings-file would never come to its end. Its `socketTimeout`, and that of the
 * socket, begin anew with each write: on a connection that is half-open, and asked again and again, they never end.
 */
export function endWhenSilent(redis: Redis, { silenceMs, totalMs }: Patience): void {
  const queues = redis as unknown as WithQueue
  // An app may have set them for a connection of its own.
  delete redis.options.commandTimeout
  delete redis.options.socketTimeout

  redis.on('connect', () => {
    const { stream } = redis
    const end = (why: string): void => {
      const error = new Error(why)
      // Before ioredis does, which says only how often it has tried.
      stream.prependOnceListener('close', () => queues.flushQueue(error, { offlineQueue: false }))
      stream.destroy(error)
    }
    let [came, went] = [stream.bytesRead, stream.bytesWritten]
    // Counted in looks: a process that could not run has heard nothing, and not because nothing came.
    let silentLooks = 0
    const listening = setInterval(() => {
      const isAsked = queues.commandQueue.length > 0
      silentLooks = isAsked && stream.bytesRead === came ? silentLooks + 1 : 0
      came = stream.bytesRead
      if (!isAsked) went = stream.bytesWritten
      const patience = 1 + Math.floor((stream.bytesWritten - went) / PATIENCE_BYTES)
      if (silentLooks >= LOOKS_FOR_SILENCE * patience)
        end(`expected something of an answer each ${silenceMs} ms, got nothing for as long`)
    }, silenceMs / LOOKS_FOR_SILENCE)
    listening.unref()
    let awaited: unknown
    let looks = 0
    const looking = setInterval(() => {
      const first = queues.commandQueue.peekFront()?.command
      looks = first !== undefined && first === awaited ? looks + 1 : 0
      awaited = first
      if (looks >= LOOKS) end(`expected a whole answer within ${totalMs} ms, got a part, which kept coming`)
    }, totalMs / LOOKS)
    looking.unref()
    stream.once('close', () => {
      clearInterval(listening)
      clearInterval(looking)
    })
  })
}

/** What ioredis 5 and 6 have, and do not tell in their types. */
interface WithQueue {
  /** Sent, and not answered. */
  readonly commandQueue: {
    readonly length: number
    peekFront(): { readonly command: unknown } | undefined
  }
  flushQueue(error: Error, which?: { readonly commandQueue?: boolean; readonly offlineQueue?: boolean }): void
}

/** The number of the database that a connection uses; in a Cluster there is one alone. */
export function databaseOf(redis: Redis | Cluster): number {
  return redis instanceof Redis ? (redis.options.db ?? 0) : 0
}

/** When Redis refuses the database of the URL, ioredis only tells so, and goes on in the first one. */
export function leaveOtherDatabase(
  redis: Redis,
  error: Error & { readonly command?: { readonly name: string } },
): void {
  if (error.command?.name === 'select') redis.disconnect(true)
}

/** How long a connection may take to close by itself, in milliseconds; one that is half-open never does. */
export const DISCONNECT_TIMEOUT_MS = 200
/** How long one node of a Cluster, or a sentinel, may take to answer, in milliseconds. */
const ANSWER_TIMEOUT_MS = 1000

/** Of a connection that is made to ask something, and does not come back. */
const ONCE = {
  replyMapping: 'legacy',
  lazyConnect: true,
  enableReadyCheck: false,
  retryStrategy: () => null,
  connectTimeout: ANSWER_TIMEOUT_MS,
  commandTimeout: ANSWER_TIMEOUT_MS,
  disconnectTimeout: DISCONNECT_TIMEOUT_MS,
} satisfies RedisOptions

/**
 * Asks one node of a Cluster, on a connection of its own.
 *
 * @param access - User, password and TLS.
 * @throws An error that says why there is no answer.
 */
export async function askNode<Answer>(
  { host, port }: Address,
  access: RedisOptions,
  question: (node: Redis) => Promise<Answer>,
): Promise<Answer> {
  const node = new Redis({ ...access, ...ONCE, host, port, disableClientInfo: true })
  // The rejection of `connect` says only that it is closed.
  let reason: string | undefined
  node.on('error', (error: NodeJS.ErrnoException) => (reason ??= error.message || error.code))
  try {
    await node.connect()
    return await question(node)
  } catch (error) {
    throw new Error(reason ?? (error instanceof Error ? error.message : String(error)), { cause: error })
  } finally {
    node.disconnect()
  }
}

/** How long one sentinel is listened to, in milliseconds: the longest that a lost message can go unnoticed. */
const WATCH_MS = 4000
const SWITCHED = '+switch-master'

/** What a sentinel says about the master. */
interface Told extends Address {
  /** Rises with each fail-over: of two sentinels that disagree, the one with the higher number is right. */
  readonly epoch: number
}

/**
 * Leaves a master that has been replaced. After a fail-over by hand, or when it had been frozen, the old one is up and
 * stays a master for some ten seconds, until the sentinels make it a replica: whoever is connected to it notices nothing.
 * A message of a sentinel makes it fast, asking makes it sure.
 *
 * ioredis has `failoverDetector` for this. It prints when a sentinel is away, looks for another one after a minute, and
 * ends the connection for good when it is told of a fail-over while connecting.
 *
 * @param redis - A connection with `sentinels`; watched whenever it is ready.
 */
export function watchMaster(redis: Redis): void {
  const { options } = redis
  let newestEpoch = 0
  /** The name that the master had when this connection was made, where it is a name. */
  let nameAtFirst: string | undefined
  let stop = (): void => {}

  redis.on('ready', () => {
    nameAtFirst = undefined
    stop()
    stop = watch()
  })
  for (const event of ['close', 'end']) redis.on(event, () => stop())

  /** Listens to one sentinel for some time, then to another one. */
  function watch(): () => void {
    const sentinel = connectToSentinel(options)
    const again = setTimeout(
      () => {
        stop()
        if (redis.status === 'ready') stop = watch()
      },
      WATCH_MS * (0.75 + Math.random() / 2),
    )
    again.unref()
    const look = async (): Promise<void> => {
      try {
        if (!isElsewhere(await ask(sentinel, options))) return
        stop()
        redis.disconnect(true)
      } catch {
        // Another one is asked soon.
      }
    }
    sentinel.on('message', (_channel: string, message: string) => {
      if (message.startsWith(`${options.name} `)) void look()
    })
    sentinel.on('ready', () => {
      sentinel.subscribe(SWITCHED).catch(() => {})
      void look()
    })
    sentinel.connect().catch(() => {})
    let isStopped = false
    return () => {
      // Asked for with each attempt to connect that fails, and a sentinel that hangs closes late.
      if (isStopped) return
      isStopped = true
      clearTimeout(again)
      sentinel.disconnect()
    }
  }

  function isElsewhere({ host, port, epoch }: Told): boolean {
    if (epoch < newestEpoch) return false
    newestEpoch = epoch
    const { remoteAddress, remotePort } = redis.stream
    if (redis.status !== 'ready' || remoteAddress === undefined) return false
    if (port !== remotePort) return true
    if (isIP(host)) return host !== remoteAddress.replace(/^::ffff:/, '')
    nameAtFirst ??= host
    return host !== nameAtFirst
  }
}

/** Any of them: those that watch share the load. */
function connectToSentinel(options: RedisOptions): Redis {
  const { sentinels = [], sentinelUsername, sentinelPassword, sentinelTLS } = options
  const address = sentinels[Math.floor(Math.random() * sentinels.length)]
  const sentinel = new Redis({
    host: address?.host ?? '127.0.0.1',
    port: address?.port ?? 26_379,
    ...(sentinelUsername !== undefined && { username: sentinelUsername }),
    ...(sentinelPassword !== undefined && { password: sentinelPassword }),
    ...(sentinelTLS && { tls: sentinelTLS }),
    ...ONCE,
    protocol: 3,
    enableOfflineQueue: false,
    autoResubscribe: false,
  })
  sentinel.on('error', () => {})
  return sentinel
}

async function ask(sentinel: Redis, { name = '', natMap }: RedisOptions): Promise<Told> {
  const answer = await sentinel.call('SENTINEL', 'MASTER', name)
  // A list of names and values in turn, whatever the version of the protocol.
  const fields = Array.isArray(answer) ? pairsOf(answer) : (answer as Record<string, unknown>)
  const address = translated({ host: String(fields['ip']), port: Number(fields['port']) }, natMap)
  return { ...address, epoch: Number(fields['config-epoch']) }
}

function pairsOf(list: readonly unknown[]): Record<string, unknown> {
  return Object.fromEntries(
    Array.from({ length: list.length / 2 }, (_, index) => [String(list[2 * index]), list[2 * index + 1]]),
  )
}
