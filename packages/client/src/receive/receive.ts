import { setTimeout as delay } from 'node:timers/promises'
import {
  ANNOUNCED_FIELDS,
  isRevision,
  productNamed,
  PROTOCOL,
  readUpdateMessage,
  sha256Of,
  type Keys,
  type ProductName,
  type UpdateMessage,
} from '@vwo-hub/protocol'
import { reconnectDelayMs } from '@vwo-hub/protocol/redis'
import type { Connection } from '../connection/connection.ts'
import type { ClientError } from '../errors.ts'
import { createClock, readClock, type Clock } from './clock.ts'
import { createFailures } from './failures.ts'
import { fetchSettings, type Announced } from './fetch-settings.ts'
import { createSubscription } from './subscription.ts'

/** Redis is asked no more often for its clock because of what cannot be, in milliseconds: anybody may send it. */
const CLOCK_PAUSE_MS = 1000

/** Settings as they came in: proven to be the text that was published, not yet live. */
export interface ReceivedSettings {
  readonly text: string
  readonly revision: number
  readonly sha256: string
  /** Whose settings these are, where `meta` says that. */
  readonly identity?: string | undefined
  /** What they changed, where a message has said it. */
  readonly summary?: string | undefined
}

/** Whether settings are in use now, or cannot be, or could not. */
export type Taken = 'in-use' | 'refused' | 'failed'

export interface ReceiverOptions {
  /** Owned by the receiver from here on: opened by `start`, closed by `close`. */
  readonly connection: Connection
  readonly keys: Keys
  readonly environment: string
  /** Whose settings can be used. */
  readonly product: ProductName
  /** How often the revision is read, in milliseconds; jittered by a tenth. */
  readonly checkIntervalMs: number
  /** The revision in use; what is not newer is dropped. */
  readonly currentRevision: () => number
  /** Told at each read whose settings Redis has, and which revision, before anything is compared with what is in use. */
  readonly onIdentity: (identity: string | undefined, revision: number) => void
  /**
   * Takes newer settings into use; the next are handed over when it has settled. Never rejects.
   *
   * @returns What came of it: `refused` settings are not handed over again, those that `failed` are.
   */
  readonly onSettings: (settings: ReceivedSettings) => Promise<Taken>
  /** Redis has answered, and what it has is in use. */
  readonly onConfirmed: () => void
  readonly onError: (error: ClientError) => void
}

/** Follows one environment in Redis. Whatever happens to the connection, it comes back and catches up. */
export interface Receiver {
  start(): void
  /**
   * Reads now. Resolves with the revision that Redis has, 0 for none, when that is in use or cannot be; rejects when Redis
   * cannot be asked.
   */
  read(): Promise<number>
  readonly clock: Clock
  close(): void
}

export function createReceiver(options: ReceiverOptions): Receiver {
  const {
    connection,
    keys,
    environment,
    product,
    checkIntervalMs,
    currentRevision,
    onIdentity,
    onSettings,
    onConfirmed,
    onError,
  } = options
  const { redis } = connection
  const clock = createClock()
  const failures = createFailures({ environment, product, keys, currentRevision })
  const subscription = createSubscription(connection, keys.updates)
  const closing = new AbortController()
  let catchingUp: Promise<void> | undefined
  /** The last revision that could not be taken into use. */
  let refused = 0
  /** Redis did not have the settings in use at the last read. */
  let isMissing = false
  /** Could not be taken into use for a passing reason: handed over again, without fetching them again. */
  let failed: ReceivedSettings | undefined
  let connections = 0
  /** Connections in a row on which nothing could be read. ioredis counts only those that do not come about. */
  let fruitless = 0
  /** The newest announced revision; a slower delivery of an older one is not worth finishing. */
  let newest = 0
  /** When Redis was asked for its clock because of a revision, by `performance.now`. */
  let clockAskedAt = Number.NEGATIVE_INFINITY
  let clockAnswered: Promise<void> | undefined
  /** Whose settings Redis has, as of the last read. */
  let identity: string | undefined

  function start(): void {
    redis.on('ready', () => void onReady())
    for (const event of ['message', 'smessage']) {
      redis.on(event, (channel: string, message: string) => {
        if (channel === keys.updates) void onMessage(message)
      })
    }
    redis.on('error', (error: Error) => onError(failures.of(error, 'prepare the connection')))
    redis.connect().catch(() => {}) // Told by the `error` event; the connection keeps trying.
    void checkForEver()
  }

  async function onReady(): Promise<void> {
    connections += 1
    // Answers come in turn: the clock is known when the revision is judged by it.
    const clockRead = readClock(redis, clock).catch(() => {})
    await Promise.all([clockRead, subscribeAndRead()])
  }

  /** Subscribes first, where that is not done yet, then reads, on the same connection: no update fits in between. */
  async function subscribeAndRead(): Promise<void> {
    const subscribing = subscription.ensure(connections)
    await readAndReport()
    const refusal = await subscribing
    // After what was read is in use: the periodic read keeps the app current all the same.
    if (refusal !== undefined && !closing.signal.aborted)
      onError(failures.of(refusal, `subscribe to channel ${keys.updates}`))
  }

  /**
   * The heartbeat: finds updates that pub/sub has lost, connections that are dead without saying so, and the right to
   * subscribe, once somebody has given it.
   */
  async function checkForEver(): Promise<void> {
    while (!closing.signal.aborted) {
      const jitteredMs = checkIntervalMs * (0.9 + Math.random() / 5)
      await delay(jitteredMs, undefined, { signal: closing.signal }).catch(() => {})
      if (redis.status === 'ready' && !closing.signal.aborted) await subscribeAndRead()
    }
  }

  async function readAndReport(): Promise<void> {
    const connectionNumber = connections
    try {
      await read()
      fruitless = 0
    } catch (error) {
      if (closing.signal.aborted) return
      const failure = failures.of(error, `read ${keys.meta}`)
      onError(failure)
      if (failure.code !== 'redis-unreachable') return
      await delay(reconnectDelayMs(fruitless), undefined, { signal: closing.signal }).catch(() => {})
      fruitless += 1
      if (redis.status === 'ready' && connections === connectionNumber) redis.disconnect(true)
    }
  }

  async function read(): Promise<number> {
    const [stored, sha256, bytes, protocol, owner, theirs] = await redis.hmget(keys.meta, ...ANNOUNCED_FIELDS)
    if (protocol && !(Number(protocol) <= PROTOCOL)) throw failures.otherProtocol(protocol)
    if (stored && productNamed(theirs) !== product) throw failures.otherProduct(productNamed(theirs))
    await clockFor(Math.max(Number(stored ?? 0), currentRevision()))
    identity = owner ?? undefined
    onIdentity(identity, Number(stored ?? 0))
    const revision = stored ? revisionOf(stored) : 0
    const wasMissing = isMissing
    isMissing = revision === 0 || !sha256 || revision < currentRevision()
    // A hub puts back what Redis loses: that is told at the second read. What was never there, at the first.
    if (isMissing && (wasMissing || currentRevision() < 0)) onError(failures.missing(stored))
    if (revision === 0 || !sha256) return 0
    await catchUp({ revision, sha256, bytes: Number(bytes), identity })
    return revision
  }

  /** Asks for Redis' clock where a revision cannot be by what is known of it: this host's may have been set back. */
  async function clockFor(revision: number): Promise<void> {
    if (!clock.isKnown() || !clock.isImpossible(revision)) return
    const now = performance.now()
    if (now - clockAskedAt >= CLOCK_PAUSE_MS) {
      clockAskedAt = now
      clockAnswered = readClock(redis, clock).catch(() => {})
    }
    // Of a read and a message that come at the same time, the second waits for the answer to the first.
    await clockAnswered
  }

  /** @throws Where it cannot be one. As long as Redis does not tell its clock, that cannot be said of one in the future. */
  function revisionOf(stored: string): number {
    const revision = Number(stored)
    if (isRevision(revision) && !(clock.isKnown() && clock.isImpossible(revision))) return revision
    throw failures.impossible(keys.meta, stored)
  }

  async function onMessage(message: string): Promise<void> {
    try {
      const update = parseUpdate(message)
      if (update !== undefined && clock.isImpossible(update.revision)) await clockFor(update.revision)
      if (clock.isImpossible(newest)) newest = 0
      if (update === undefined || update.revision <= Math.max(newest, currentRevision())) return
      if (clock.isImpossible(update.revision))
        throw failures.impossible(`a message on ${keys.updates}`, update.revision)
      // From elsewhere, or of other settings than those before.
      if (update.identity !== identity || productNamed(update.product) !== product) {
        await readAndReport()
        return
      }
      newest = update.revision
      const { settings, revision, sha256, summary } = update
      if (settings !== undefined) {
        if (sha256Of(settings) === sha256) {
          await handOver({ text: settings, revision, sha256, identity, summary })
          return
        }
        onError(failures.mismatch(`the message on ${keys.updates}`))
      }
      await delay(Math.random() * update.spreadMs, undefined, { signal: closing.signal })
      if (update.revision === newest) await catchUp(update)
    } catch (error) {
      // The next periodic read tries again.
      if (!closing.signal.aborted) onError(failures.of(error, `read revision ${newest}`))
    }
  }

  function parseUpdate(message: string): UpdateMessage | undefined {
    const update = readUpdateMessage(message)
    if (update !== undefined && update.protocol <= PROTOCOL && update.environment === environment)
      return update
    onError(failures.noUpdate(message.length))
    return undefined
  }

  /** Fetches and hands over, one at a time: a second caller waits, and then finds itself current. */
  async function catchUp(announced: Announced): Promise<void> {
    while (catchingUp !== undefined) await catchingUp.catch(() => {})
    if (announced.revision <= currentRevision()) {
      // A lower one is what Redis has lost, until a hub puts it back.
      if (announced.revision === currentRevision()) onConfirmed()
      return
    }
    if (announced.revision === refused) return
    const { revision, sha256 } = announced
    const known = failed?.revision === revision && failed.sha256 === sha256 ? failed : undefined
    catchingUp = (known === undefined ? fetchAnnounced(announced) : Promise.resolve(known))
      .then(handOver)
      .finally(() => (catchingUp = undefined))
    await catchingUp
  }

  async function handOver(settings: ReceivedSettings): Promise<void> {
    const taken = await onSettings(settings)
    if (taken === 'in-use') onConfirmed()
    if (taken === 'refused') refused = settings.revision
    failed = taken === 'failed' ? settings : undefined
  }

  async function fetchAnnounced(announced: Announced): Promise<ReceivedSettings> {
    const text = await fetchSettings(redis, keys, announced)
    if (text === undefined) throw failures.mismatch(keys.settingsOf(announced.revision))
    const { revision, sha256, summary, identity: owner } = announced
    return { text, revision, sha256, identity: owner, summary }
  }

  return {
    start,
    read,
    clock,
    close() {
      closing.abort()
      redis.disconnect()
    },
  }
}
