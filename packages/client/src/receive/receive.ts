import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { sha256Of, INLINE_LIMIT_BYTES, PROTOCOL, updateMessageSchema, type Keys } from '@vwo-hub/protocol'
import { reconnectDelayMs } from '@vwo-hub/protocol/redis'
import { ClientError, withoutCommand } from '../errors.ts'
import type { Connection } from '../connection/connection.ts'

const decompress = promisify(gunzip)

/** Settings as they came in: proven to be the text that was published, not yet live. */
export interface ReceivedSettings {
  readonly text: string
  readonly revision: number
  readonly sha256: string
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
  /** How often the revision is read, in milliseconds; jittered by a tenth. */
  readonly checkIntervalMs: number
  /** The revision in use; what is not newer is dropped. */
  readonly currentRevision: () => number
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
  /** Redis' clock minus this host's, in milliseconds; 0 until known. */
  clockOffsetMs(): number
  /** Reads Redis' clock. Rejects when Redis does not tell it: lag is then told by this host's clock. */
  readClock(): Promise<void>
  close(): void
}

/** What the hash `meta` says about the current revision. */
interface Announced {
  readonly revision: number
  readonly sha256: string
  readonly bytes: number
  readonly summary?: string | undefined
}

export function createReceiver(options: ReceiverOptions): Receiver {
  const {
    connection,
    keys,
    environment,
    checkIntervalMs,
    currentRevision,
    onSettings,
    onConfirmed,
    onError,
  } = options
  const { redis } = connection
  const closing = new AbortController()
  let clockOffsetMs = 0
  /** How long the reading took that the offset is from: it is wrong by no more than half of it. */
  let clockAccuracyMs = Number.POSITIVE_INFINITY
  let catchingUp: Promise<void> | undefined
  /** The newest revision that could not be taken into use. */
  let refused = 0
  /** Redis did not have the settings in use at the last read. Told at the second: a hub puts back what Redis loses. */
  let isMissing = false
  /** Could not be taken into use for a passing reason: handed over again, without fetching them again. */
  let failed: ReceivedSettings | undefined
  let connections = 0
  /** Connections in a row on which nothing could be read. ioredis counts only those that do not come about. */
  let fruitless = 0
  /** The newest announced revision; a slower delivery of an older one is not worth finishing. */
  let newest = 0

  function start(): void {
    redis.on('ready', () => void onReady())
    for (const event of ['message', 'smessage']) {
      redis.on(event, (channel: string, message: string) => {
        if (channel === keys.updates) void onMessage(message)
      })
    }
    redis.on('error', (error: Error) => onError(asClientError(error, 'prepare the connection')))
    redis.connect().catch(() => {}) // Told by the `error` event; the connection keeps trying.
    void checkForEver()
  }

  /** At each (re)connection: subscribe first, then read, on the same connection. No update fits in between. */
  async function onReady(): Promise<void> {
    connections += 1
    const subscribed = subscribe().then(
      () => undefined,
      (error: unknown) => asClientError(error, `subscribe to channel ${keys.updates}`),
    )
    const [refusal] = await Promise.all([subscribed, readAndReport(), readClock().catch(() => {})])
    // After what was read is in use: the periodic read keeps the app current all the same.
    if (refusal !== undefined && !closing.signal.aborted) onError(refusal)
  }

  /** In a cluster the hub's messages are sharded where the server can, which is since Redis 7. */
  async function subscribe(): Promise<void> {
    if (connection.isCluster) {
      try {
        await redis.ssubscribe(keys.updates)
        return
      } catch (error) {
        if (!String(error).includes('unknown command')) throw error
      }
    }
    await redis.subscribe(keys.updates)
  }

  async function readClock(): Promise<void> {
    const askedAt = Date.now()
    const [seconds, microseconds] = await redis.time()
    const time = Number(seconds) * 1000 + Number(microseconds) / 1000
    const [least, most] = [time - Date.now(), time - askedAt]
    // A busy process reads the answer late. The best reading counts, until one contradicts it: then a clock was set.
    if (most - least < clockAccuracyMs || clockOffsetMs < least || clockOffsetMs > most) {
      clockOffsetMs = (least + most) / 2
      clockAccuracyMs = most - least
    }
  }

  /** The heartbeat: finds updates that pub/sub has lost, and connections that are dead without saying so. */
  async function checkForEver(): Promise<void> {
    while (!closing.signal.aborted) {
      const jitteredMs = checkIntervalMs * (0.9 + Math.random() / 5)
      await delay(jitteredMs, undefined, { signal: closing.signal }).catch(() => {})
      if (redis.status === 'ready' && !closing.signal.aborted) await readAndReport()
    }
  }

  async function readAndReport(): Promise<void> {
    const connectionNumber = connections
    try {
      await read()
      fruitless = 0
    } catch (error) {
      if (closing.signal.aborted) return
      const failure = asClientError(error, `read ${keys.meta}`)
      onError(failure)
      if (failure.code !== 'redis-unreachable') return
      await delay(reconnectDelayMs(fruitless), undefined, { signal: closing.signal }).catch(() => {})
      fruitless += 1
      if (redis.status === 'ready' && connections === connectionNumber) redis.disconnect(true)
    }
  }

  async function read(): Promise<number> {
    const fields = ['revision', 'sha256', 'bytes', 'protocol']
    const [revision, sha256, bytes, protocol] = await redis.hmget(keys.meta, ...fields)
    if (protocol && Number(protocol) !== PROTOCOL) throw otherProtocol(keys.meta, protocol)
    const wasMissing = isMissing
    isMissing = !revision || !sha256 || Number(revision) < currentRevision()
    if (isMissing && wasMissing) onError(missing(revision))
    if (!revision || !sha256) return 0
    await catchUp({ revision: Number(revision), sha256, bytes: Number(bytes) })
    return Number(revision)
  }

  async function onMessage(message: string): Promise<void> {
    try {
      const update = parseUpdate(message)
      if (update === undefined || update.revision <= Math.max(newest, currentRevision())) return
      newest = update.revision
      const { settings, revision, sha256, summary } = update
      if (settings !== undefined) {
        if (sha256Of(settings) === sha256) {
          await handOver({ text: settings, revision, sha256, summary })
          return
        }
        onError(mismatch(`the message on ${keys.updates}`))
      }
      await delay(Math.random() * update.spreadMs, undefined, { signal: closing.signal })
      if (update.revision === newest) await catchUp(update)
    } catch (error) {
      // The next periodic read tries again.
      if (!closing.signal.aborted) onError(asClientError(error, `read revision ${newest}`))
    }
  }

  function parseUpdate(message: string) {
    let parsed: unknown
    try {
      parsed = JSON.parse(message)
    } catch {
      parsed = undefined
    }
    const update = updateMessageSchema.safeParse(parsed)
    if (update.success && update.data.protocol === PROTOCOL && update.data.environment === environment)
      return update.data
    onError(
      new ClientError(
        'settings-refused',
        `Cannot use a message on channel ${keys.updates}: expected an update of protocol ${PROTOCOL} for "${environment}", got ${message.length} characters of something else. It is ignored; the periodic read goes on.`,
      ),
    )
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
    if (announced.revision <= refused) return
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
    if (taken === 'refused') refused = Math.max(refused, settings.revision)
    failed = taken === 'failed' ? settings : undefined
  }

  /** Reads by revision, so that nothing can mix; the checksum says whether it is the text that was announced. */
  async function fetchAnnounced({ revision, sha256, bytes, summary }: Announced): Promise<ReceivedSettings> {
    const sources = [
      ...(bytes > INLINE_LIMIT_BYTES ? [() => readCompressed(keys.compressedSettingsOf(revision))] : []),
      () => redis.getBuffer(keys.settingsOf(revision)),
      () => redis.getBuffer(keys.settings),
    ]
    for (const source of sources) {
      const text = await source()
      if (text !== null && sha256Of(text) === sha256) return { text: String(text), revision, sha256, summary }
    }
    throw mismatch(keys.settingsOf(revision))
  }

  async function readCompressed(key: string): Promise<Buffer | null> {
    const compressed = await redis.getBuffer(key)
    return compressed === null ? null : decompress(compressed).catch(() => null)
  }

  const stays = (): string =>
    currentRevision() < 0
      ? 'There are no settings in use yet.'
      : `Revision ${currentRevision()} stays in use.`

  const mismatch = (place: string): ClientError =>
    new ClientError(
      'settings-refused',
      `Cannot use settings of "${environment}": ${place} is not what was announced, and is read again. ${stays()}`,
    )

  const missing = (revision: string | null | undefined): ClientError =>
    new ClientError(
      'settings-missing',
      revision
        ? `Redis has only revision ${revision} of "${environment}" in ${keys.meta}: expected a hub to put back what Redis has lost; check that one runs. ${stays()}`
        : `Redis has no settings of "${environment}" in ${keys.meta}: expected a hub to have published them; check the names of the environment and the prefix, and that a hub runs. ${stays()}`,
    )

  const otherProtocol = (place: string, protocol: string): ClientError =>
    new ClientError(
      'settings-refused',
      `Cannot use settings of "${environment}": expected protocol ${PROTOCOL} in ${place}, got ${protocol}: hub and client are of versions that do not fit. ${stays()}`,
    )

  const unreachable = (error: Error): ClientError =>
    new ClientError(
      'redis-unreachable',
      `Cannot reach Redis: ${error.message.replace(/\.$/, '')}. ${stays()}`,
      {
        cause: withoutCommand(error),
      },
    )

  function asClientError(error: unknown, attempted: string): ClientError {
    if (error instanceof ClientError) return error
    if (error instanceof Error && error.message.startsWith('NOPERM')) {
      return new ClientError(
        'redis-forbidden',
        `Cannot ${attempted}: Redis refuses it to this user (${error.message}). Grant it in the ACL; see the client's README.`,
        { cause: withoutCommand(error) },
      )
    }
    return unreachable(error instanceof Error ? error : new Error(String(error)))
  }

  return {
    start,
    read,
    clockOffsetMs: () => clockOffsetMs,
    readClock,
    close() {
      closing.abort()
      redis.disconnect()
    },
  }
}
