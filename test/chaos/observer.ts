/**
 * Looks into Redis servers, past all bad networks, and tells what is new there.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { keysOf, readUpdateMessage } from '@vwo-hub/protocol'
import type { RedisUser } from '@vwo-hub/sandbox'
import { Redis } from 'ioredis'
import type { ChaosEvent } from './event.ts'
import { serialOf, sha256Of } from './settings.ts'

/** How often to look, in milliseconds. */
const everyMs = 100

/** @returns Ends it. */
export function observe(
  { host, port }: { readonly host: string; readonly port: number },
  owner: RedisUser,
  { environment, record }: { readonly environment: string; readonly record: (event: ChaosEvent) => void },
): () => Promise<void> {
  const server = String(port)
  const keys = keysOf(environment)
  const options = {
    ...owner,
    host,
    port,
    commandTimeout: 1000,
    connectTimeout: 1000,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    autoResubscribe: false,
    // In a cluster replicas answer too.
    readOnly: true,
    retryStrategy: () => 50,
    replyMapping: 'legacy',
  } as const
  const redis = new Redis(options)
  const subscriber = new Redis(options)
  for (const connection of [redis, subscriber]) connection.on('error', () => {})
  let isClosed = false
  let current = ''
  let holds = ''
  let lookedAt = Date.now()
  const seen = new Set<number>()

  subscriber.on('ready', () => {
    subscriber.subscribe(keys.updates).catch(() => {})
    // Only in a cluster are messages sharded, and only where the slot is are they to be had.
    subscriber.ssubscribe(keys.updates).catch(() => {})
  })
  for (const event of ['message', 'smessage']) {
    subscriber.on(event, (_channel: string, message: string) => {
      const update = readUpdateMessage(message)
      if (update === undefined) throw new Error(`expected the message of a publication, got ${message}`)
      const { revision, sha256 } = update
      record({ kind: 'published', at: Date.now(), server, revision, sha256 })
    })
  }

  async function look(): Promise<void> {
    const at = Date.now()
    const answers = await redis
      .multi()
      .get(keys.settings)
      .hmget(keys.meta, 'revision', 'sha256')
      .zrange(keys.revisions, '0', '-1')
      .role()
      .exec()
    const [text, meta, revisions, [told, , , link]] = (answers ?? []).map(([, answer]) => answer) as [
      string | null,
      [string | null, string | null],
      string[],
      ['master' | 'slave', ...unknown[]],
    ]
    const follows = link === 'connected' ? 'replica' : 'behind'
    const role = told === 'master' ? 'master' : follows
    if (`${role} ${revisions.join(' ')}` !== holds) {
      holds = `${role} ${revisions.join(' ')}`
      record({ kind: 'holds', at, server, role, lookedAt, revisions: revisions.map(Number) })
    }
    lookedAt = at
    if (typeof text !== 'string' && meta[0] === null) return
    const revision = Number(meta[0])
    const sha256 = sha256Of(text ?? '')
    for (const stored of revisions.map(Number)) {
      if (!seen.has(stored)) await lookAt(stored, at)
    }
    const now = `${revision} ${sha256} ${meta[1]} ${revisions.at(-1)}`
    if (now === current) return
    current = now
    record({
      kind: 'current',
      at,
      server,
      revision,
      sha256,
      announcedSha256: String(meta[1]),
      isInHistory: revisions.includes(String(revision)),
    })
  }

  async function lookAt(revision: number, at: number): Promise<void> {
    const text = await redis.get(keys.settingsOf(revision))
    if (text === null) return // Too old meanwhile, or flushed.
    seen.add(revision)
    const serial = serialOf(text) ?? null
    record({ kind: 'stored', at, server, revision, sha256: sha256Of(text), serial })
  }

  async function lookForEver(): Promise<void> {
    while (!isClosed) {
      // A server that is down, or that does not serve the slot, has nothing to tell.
      await look().catch(() => {})
      await sleep(everyMs)
    }
  }

  const looking = lookForEver()
  return async () => {
    isClosed = true
    await looking
    // What came after the last look.
    await look().catch(() => {})
    redis.disconnect()
    subscriber.disconnect()
  }
}
