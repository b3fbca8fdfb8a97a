import { Cluster, type Redis } from 'ioredis'
import { PROTOCOL, REVISIONS_KEPT, type Keys, type UpdateMessage } from '@vwo-hub/client/protocol'
import { HubError } from '../errors.ts'
import { runScript, type RedisConnection } from '../redis.ts'
import type { Meta, PublishResult } from '../store.ts'
import { AUDIT_KEPT } from './audit.ts'
import { compressLarge } from './compress.ts'

/** A staged body that no script has taken is gone after this many seconds. */
const STAGED_SECONDS = 60
/** Nodes that fetch a large file are spread so that Redis sends about this many bytes a second. */
const FETCH_BYTES_PER_SECOND = 1e9 / 1.5
/** Below this many bytes for all nodes together nothing is spread. */
const UNSPREAD_BYTES = 30e6

/** What `lua/publish.lua` is told. */
export interface Publication {
  /** Written into the meta hash, field by field. */
  readonly meta: Partial<Meta>
  /** What the settings-file was compared with, and below what no revision is given out. */
  readonly knownRevision: number
  /** Of the attempt that holds the lease; without one it is the act of a person, or a restoration. */
  readonly token?: string
  readonly ticket?: number
  readonly delayMs?: number
  /** Under its old revision, `knownRevision`. */
  readonly restore?: boolean
  /** What the guard has against it. */
  readonly hold?: { readonly held: string; readonly heldSince: string; readonly heldUntil: string }
  /** Pins what is published in the same step. */
  readonly pinnedUntil?: string
  /** Of the audit entry: what happened, in which words, and further names and values in turn. */
  readonly what?: string
  readonly summary?: string
  readonly entry?: readonly string[]
}

/** A settings-file's way into Redis. */
export interface Put {
  /** Stages the text and publishes it. @param compressed - Where it has been compressed already. */
  put(
    text: string,
    token: string,
    publication: Publication & { readonly meta: Pick<Meta, 'sha256' | 'bytes'> },
    compressed?: Buffer,
  ): Promise<PublishResult>
  /** Publishes nothing: only notes that VWO was asked. @returns false when something else is stored. */
  confirm(token: string, publication: Publication): Promise<boolean>
}

export function createPut(redis: RedisConnection, environment: string, keys: Keys): Put {
  async function run(
    staged: string,
    publication: Publication,
    message: readonly [head: string, tail: string],
  ): Promise<Omit<PublishResult, 'result'> & { result: PublishResult['result'] | 'body-needed' }> {
    const common = {
      isCluster: redis.isCluster,
      channel: keys.updates,
      revisionsKept: REVISIONS_KEPT,
      auditKept: AUDIT_KEPT,
      delayMs: 0,
    }
    const [result, revision, previousRevision] = (await runScript(
      redis,
      'vwoPublish',
      ...[keys.refresh, keys.meta, keys.settings, keys.revisions, keys.audit, staged, `${staged}:gz`],
      ...[JSON.stringify({ ...common, ...publication }), ...message],
    )) as [PublishResult['result'] | 'body-needed' | 'lease-lost', string, string]
    if (result === 'lease-lost') {
      throw new HubError(
        'lease-lost',
        `Cannot store what was fetched for "${environment}": another hub has taken over the refresh, and stores what it fetches itself.`,
      )
    }
    return { result, revision: Number(revision), previousRevision: Number(previousRevision) }
  }

  return {
    async put(text, token, publication, given) {
      const staged = keys.staged(token)
      const bytes = Number(publication.meta.bytes)
      const compressed = given ?? (await compressLarge(text))
      const spreadMs =
        compressed === undefined ? 0 : spreadOf(await subscriberCount(redis, keys.updates), compressed.length)
      const { sha256 } = publication.meta
      const message = messageAround({
        environment,
        sha256,
        bytes,
        spreadMs,
        ...(publication.summary !== undefined && { summary: publication.summary }),
        ...(compressed === undefined && { settings: text }),
      })
      // Sent together, not one after the other: Redis runs a connection's commands in the order they came. Nothing may
      // be awaited in between: one that fails meanwhile would fail unheard, and end the process.
      const staging = [
        redis.set(staged, text, 'EX', STAGED_SECONDS),
        ...(compressed === undefined ? [] : [redis.set(`${staged}:gz`, compressed, 'EX', STAGED_SECONDS)]),
      ]
      const [{ result, ...revisions }] = await Promise.all([
        run(staged, { ...publication, meta: { ...publication.meta, protocol: String(PROTOCOL) } }, message),
        ...staging,
      ])
      if (result !== 'body-needed') return { result, ...revisions }
      throw new HubError(
        'redis-unreachable',
        `Cannot store settings of "${environment}": Redis has not kept the staged body. It is tried again.`,
      )
    },
    async confirm(token, publication) {
      const { result } = await run(keys.staged(token), publication, ['', ''])
      return result === 'unchanged'
    },
  }
}

/** The message on the channel, cut where the script puts the revision that it assigns. */
function messageAround(
  message: Omit<UpdateMessage, 'type' | 'protocol' | 'revision'>,
): [head: string, tail: string] {
  const { environment, ...rest } = message
  const head = JSON.stringify({ type: 'update', protocol: PROTOCOL, environment }).replace(
    /}$/,
    ',"revision":',
  )
  const tail = JSON.stringify(rest).replace(/^{/, ',')
  return [head, tail]
}

/** How long a large fetch is spread, so that many nodes fetching at once do not stall Redis. */
function spreadOf(subscribers: number, bytes: number): number {
  const total = subscribers * bytes
  return total <= UNSPREAD_BYTES ? 0 : Math.ceil((total / FETCH_BYTES_PER_SECOND) * 1000)
}

async function subscriberCount(redis: RedisConnection, channel: string): Promise<number> {
  const count = async (subcommand: string, node: Pick<Redis, 'call'>): Promise<number> => {
    const answer = (await node.call('PUBSUB', subcommand, channel)) as [string, number]
    return answer[1]
  }
  if (!(redis instanceof Cluster)) return await count('NUMSUB', redis)
  // Subscribers are where their slot is; which node that is the cluster's client knows. Redis 6 has no sharded ones.
  const counts = await Promise.allSettled(redis.nodes('master').map((node) => count('SHARDNUMSUB', node)))
  return counts.reduce((sum, result) => sum + (result.status === 'fulfilled' ? result.value : 0), 0)
}
